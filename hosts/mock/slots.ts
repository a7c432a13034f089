import { createHash } from 'node:crypto';
import type { RestartCause, Update } from '../../firmware/host';

/** Of an image that a chip starts: the first byte, as on an ESP32. */
const MAGIC = 0xe9;
/** Where the version stands in an image, big-endian. */
const VERSION_AT = 4;
const SHORTEST_IMAGE = 8;

/** An image of that version, as far as a slot sees it. */
export function mockImage(version: number, size: number): Uint8Array {
  const image = Uint8Array.from({ length: size }, (_, k) => (k * 31 + version) % 251);
  image[0] = MAGIC;
  new DataView(image.buffer).setUint32(VERSION_AT, version);
  return image;
}

export interface MockSlotsOptions {
  /** Bytes of a slot */
  readonly size: number;
  /** Of the firmware that was installed by cable. */
  readonly version: number;
}

/** What one run of the firmware sees of the slots. */
export interface MockUpdate extends Update {
  readonly wasRolledBack: boolean;
}

/** Two slots for firmware and the boot loader that chooses between them, which outlive each run. */
export class MockSlots {
  /** Of the firmware that runs. */
  version: number;
  /** What of an image was written in this run. */
  received: Uint8Array[] = [];
  /** The flash does not take what is written. */
  isBroken = false;
  readonly #size: number;
  /** The one before, while the one that runs is on trial. */
  #former: number | undefined;
  /** To be started next, on trial. */
  #next: number | undefined;
  #room = 0;

  constructor({ size, version }: MockSlotsOptions) {
    this.#size = size;
    this.version = version;
  }

  get isOnTrial(): boolean {
    return this.#former !== undefined;
  }

  /** An image was begun, and neither came whole nor was abandoned. */
  get isReceiving(): boolean {
    return this.#room > 0;
  }

  /** The boot loader: what is not confirmed when it is started again is given up. */
  boot(restart: (cause: RestartCause) => void): MockUpdate {
    const wasRolledBack = this.isOnTrial;
    const starts = this.#former ?? this.#next ?? this.version;
    this.#former = wasRolledBack || this.#next === undefined ? undefined : this.version;
    this.#next = undefined;
    this.version = starts;
    this.received = [];
    this.#room = 0;
    return this.#updateFor(restart, wasRolledBack);
  }

  get #whole(): Uint8Array {
    return Buffer.concat(this.received);
  }

  #updateFor(restart: (cause: RestartCause) => void, wasRolledBack: boolean): MockUpdate {
    const isOnTrial = () => this.isOnTrial;
    return {
      ...{ version: this.version, wasRolledBack },
      get isOnTrial() {
        return isOnTrial();
      },
      begin: size => this.#begin(size),
      write: piece => this.#write(piece),
      digest: () => Uint8Array.from(createHash('sha256').update(this.#whole).digest()),
      finish: () => this.#finish(),
      abandon: () => {
        this.#room = 0;
      },
      confirm: () => this.#confirm(),
      rollBack: () => restart('requested'),
      restart: () => restart('requested'),
    };
  }

  #begin(size: number): boolean {
    this.received = [];
    this.#next = undefined;
    this.#room = this.isOnTrial || size > this.#size ? 0 : size;
    return this.#room > 0;
  }

  #write(piece: Uint8Array): boolean {
    if (this.isBroken || piece.length > this.#room) return false;
    this.#room -= piece.length;
    this.received.push(piece.slice());
    return this.received[0]?.[0] === MAGIC;
  }

  #finish(): boolean {
    const image = this.#whole;
    if (image.length < SHORTEST_IMAGE || this.#room > 0) return false;
    this.#next = new DataView(image.buffer, image.byteOffset).getUint32(VERSION_AT);
    return true;
  }

  #confirm(): boolean {
    if (this.isBroken) return false;
    this.#former = undefined;
    return true;
  }
}
