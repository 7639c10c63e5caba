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
