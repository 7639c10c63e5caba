import type { LoadProgress } from '../core/image/index.ts';
import { sizeText } from './format/size.ts';
import type { Output } from './output.ts';

/** Milliseconds between two drawings. */
const interval = 80;
const barWidth = 30;
const clearLine = '\r\x1b[K';

/** One line on a terminal that shows how far a load is; elsewhere nothing. */
export class ProgressBar {
  readonly #output: Output;
  #drawnAt = -Infinity;
  #isDrawn = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Takes news; draws when the last drawing is long enough ago. */
  readonly show = (progress: LoadProgress): void => {
    const now = performance.now();
    if (!this.#output.isTerminal || now - this.#drawnAt < interval) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    this.#put(`${clearLine}${progressLine(progress).slice(0, Math.max(0, this.#output.columns - 1))}`);
  };

  /** Clears the line. */
  readonly end = (): void => {
    if (this.#isDrawn) this.#put(clearLine);
    this.#isDrawn = false;
  };

  #put(text: string): void {
    // Not worth waiting for, and not worth failing for.
    this.#output.write(text).catch(() => undefined);
  }
}

/** `layer 3/7 [=========>          ]  41% 12.3 MiB of 30.0 MiB`. */
function progressLine({ layer, layers, done, total }: LoadProgress): string {
  const part = total === 0 ? 1 : done / total;
  const filled = Math.floor(part * barWidth);
  const bar = `${'='.repeat(filled)}${filled < barWidth ? '>' : ''}`.padEnd(barWidth);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `layer ${layer}/${layers} [${bar}] ${percent}% ${sizeText(done)} of ${sizeText(total)}`;
}
