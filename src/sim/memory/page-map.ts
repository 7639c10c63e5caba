/** What a page of a file is: without bytes (a hole), set aside by fallocate(2), or written. */
export type PageState = 'hole' | 'reserved' | 'data';

/** A page that is not a hole. */
type HeldPage = Exclude<PageState, 'hole'>;

/**
 * Which pages of a file hold bytes. Most files are written from the start without gaps, which costs one number; what lies
 * beyond the first gap is kept page by page.
 */
export class PageMap {
  /** All pages below this one are data. */
  #dense = 0;
  readonly #beyond = new Map<number, HeldPage>();

  /** How many pages are no holes. */
  get count(): number {
    return this.#dense + this.#beyond.size;
  }

  state(page: number): PageState {
    return page < this.#dense ? 'data' : (this.#beyond.get(page) ?? 'hole');
  }

  /** Makes a page hold bytes or be set aside; a page with data stays one. */
  hold(page: number, state: HeldPage): void {
    if (page < this.#dense) return;
    if (state === 'data' && page === this.#dense) {
      this.#extend();
    } else if (state === 'data' || !this.#beyond.has(page)) {
      this.#beyond.set(page, state);
    }
  }

  /** One more dense page, and those that follow it without a gap. */
  #extend(): void {
    this.#beyond.delete(this.#dense);
    this.#dense += 1;
    while (this.#beyond.size > 0 && this.#beyond.get(this.#dense) === 'data') {
      this.#beyond.delete(this.#dense);
      this.#dense += 1;
    }
  }

  /** Makes holes of the pages from `from` up to `to`, which is not one of them; answers how many had been none. */
  release(from: number, to: number): number {
    const before = this.count;
    if (from < this.#dense) {
      for (let page = to; page < this.#dense; page += 1) this.#beyond.set(page, 'data');
      this.#dense = from;
    }
    for (const page of this.#beyond.keys()) if (page >= from && page < to) this.#beyond.delete(page);
    return before - this.count;
  }

  /** The first page from `from` on that holds data, or `undefined`. */
  nextData(from: number): number | undefined {
    if (from < this.#dense) return from;
    let next: number | undefined;
    for (const [page, state] of this.#beyond) {
      if (state === 'data' && page >= from && (next === undefined || page < next)) next = page;
    }
    return next;
  }

  /** The first page from `from` on that holds no data. */
  nextHole(from: number): number {
    let page = Math.max(from, this.#dense);
    while (this.#beyond.get(page) === 'data') page += 1;
    return page;
  }

  /** Plain data: the dense pages, then the numbers of the others, those that are only set aside negated less one. */
  save(): readonly number[] {
    const others = [...this.#beyond].map(([page, state]) => (state === 'data' ? page : -page - 1));
    return [this.#dense, ...others.sort((a, b) => a - b)];
  }

  restore([dense = 0, ...others]: readonly number[]): void {
    this.#dense = dense;
    for (const page of others) this.#beyond.set(page < 0 ? -page - 1 : page, page < 0 ? 'reserved' : 'data');
  }
}
