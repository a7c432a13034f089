/** Which sectors of a region did not take what was written in this run. Another run finds out anew. */
export class RetiredSectors {
  readonly #count: number;
  /** Absent until there is one: the memory is spared. */
  #isRetired: Uint8Array | undefined;
  readonly #onRetired: ((sector: number) => void) | undefined;

  /** @param onRetired told once of each */
  constructor(count: number, onRetired?: (sector: number) => void) {
    this.#count = count;
    this.#onRetired = onRetired;
  }

  get size(): number {
    return this.#isRetired?.reduce((sum, one) => sum + one, 0) ?? 0;
  }

  has(sector: number): boolean {
    return this.#isRetired?.[sector] === 1;
  }

  add(sector: number): void {
    if (this.has(sector)) return;
    this.#isRetired ??= new Uint8Array(this.#count);
    this.#isRetired[sector] = 1;
    this.#onRetired?.(sector);
  }
}
