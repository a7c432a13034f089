/** Frames that are searched at once: a longer input is taken piece by piece. */
const CAPACITY_FRAMES = 4;

export interface FrameFinderOptions {
  /** Bytes of a frame */
  readonly length: number;
  /** Whether the `length` bytes from `at` on are a frame, its checksum right. */
  isFrame(bytes: Uint8Array, at: number): boolean;
  /** A frame, in memory that is used again. */
  onFrame(bytes: Uint8Array, at: number): void;
}

/**
 * Finds frames of a fixed length in a stream of bytes, whatever stands before, between and after them: a frame is
 * looked for at every byte, so that there is no state of being out of step, and none is missed for what came before.
 */
export class FrameFinder {
  readonly #options: FrameFinderOptions;
  readonly #bytes: Uint8Array;
  /** Less than a frame between two calls. */
  #count = 0;

  constructor(options: FrameFinderOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(CAPACITY_FRAMES * options.length);
  }

  receive(bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.length; ) {
      const part = bytes.subarray(taken, taken + this.#bytes.length - this.#count);
      this.#bytes.set(part, this.#count);
      this.#count += part.length;
      taken += part.length;
      this.#search();
    }
  }

  #search(): void {
    const { length, isFrame, onFrame } = this.#options;
    let at = 0;
    while (at + length <= this.#count) {
      if (isFrame(this.#bytes, at)) {
        onFrame(this.#bytes, at);
        at += length;
      } else at++;
    }
    this.#bytes.copyWithin(0, at, this.#count);
    this.#count -= at;
  }
}
