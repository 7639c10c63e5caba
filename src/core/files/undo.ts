import type { FileSystem, Path } from '../../host/index.ts';

/**
 * Does steps that belong together: when one fails, those before it are taken back, so that all is as before. What cannot be
 * taken back is warned of.
 * @param what the whole of it, as a warning names it: "the creation of layer x"
 * @throws the error of the step that failed
 */
export function allOrNothing<T>(what: string, warn: (message: string) => void, steps: (undo: Undo) => T): T {
  const undo = new Undo();
  try {
    return steps(undo);
  } catch (error) {
    for (const failure of undo.takeBack()) warn(`taking back ${what}: ${String(failure)}`);
    throw error;
  }
}

/**
 * Steps that are taken back when a later one fails. Every step that was done names its opposite; `takeBack` runs them, the
 * last first, and goes on over those that fail, because leaving less behind is always better.
 */
export class Undo {
  readonly #opposites: (() => void)[] = [];

  /** Does a step and remembers how to take it back. */
  step(action: () => void, opposite: () => void): void {
    action();
    this.#opposites.push(opposite);
  }

  /** Renames, and remembers to rename back. */
  rename(fs: FileSystem, from: Path, to: Path): void {
    this.step(
      () => {
        fs.rename(from, to);
      },
      () => {
        fs.rename(to, from);
      },
    );
  }

  /** Takes all steps back; answers the errors of those that could not be. */
  takeBack(): readonly unknown[] {
    const errors: unknown[] = [];
    for (const opposite of this.#opposites.splice(0).reverse()) {
      try {
        opposite();
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }
}
