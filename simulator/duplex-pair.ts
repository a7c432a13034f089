import { Duplex } from 'node:stream';

/** Two streams, each of which reads what is written to the other: a connection within the process. */
export function duplexPair(): [Duplex, Duplex] {
  const ends = [new End(), new End()] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return [...ends];
}

class End extends Duplex {
  peer: End | undefined;
  /** Tells our writer that the peer has room again. */
  #resume: (() => void) | undefined;

  override _read(): void {
    this.peer?.release();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (this.peer === undefined || this.peer.destroyed || this.peer.push(chunk)) done();
    else this.#resume = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { peer } = this;
    this.peer = undefined;
    if (peer !== undefined && !peer.destroyed) process.nextTick(() => peer.destroy());
    done(error);
  }

  release(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
