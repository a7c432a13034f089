import type { Update } from '../../firmware/host';
import { FIRMWARE_VERSION } from '../../firmware/version';
import type { KeyValueStore } from './settings';

/** What of the SDK's flash storage the update needs: the slot that does not run is the path `nextota`. */
export interface SlotFlash<Partition extends SlotPartition> {
  open(options: { readonly path: 'nextota' }): Partition;
}

export interface SlotPartition {
  status(): { readonly size: number };
}

/** What of the SDK's `embedded:update` the update needs; every call may throw. */
export interface SlotUpdate<Partition> {
  /** With the mode `a` the slot is erased sector by sector as it is written, and not at once for ten seconds. */
  open(options: { readonly partition: Partition; readonly mode: 'a' }): SlotImage;
}

export interface SlotImage {
  write(bytes: Uint8Array): void;
  /** Verifies the image and makes it the one to start. */
  complete(): void;
  close(): void;
}

/** What the SDK lacks: native/update_esp32.h. */
export interface SlotControl {
  isOnTrial(): boolean;
  /** False when the flash did not take it. */
  confirm(): boolean;
  /** Restarts into the firmware before; returns only when there is none. */
  rollBack(): void;
}

/** SHA-256 over pieces. */
export interface PieceDigest {
  begin(): void;
  add(piece: Uint8Array): void;
  end(): Uint8Array;
}

export interface UpdateSlotsOptions<Partition extends SlotPartition> {
  readonly flash: SlotFlash<Partition>;
  readonly update: SlotUpdate<Partition>;
  readonly control: SlotControl;
  readonly digest: PieceDigest;
  /** Keeps that there is a trial, over the restarts that it takes. */
  readonly notes: KeyValueStore;
  /** Restarts the board. */
  readonly restart: () => void;
}

const NOTE = 'trial';

/** Two slots for firmware: one runs, the other receives the next, which must then prove itself or is taken back. */
export class UpdateSlots<Partition extends SlotPartition> implements Update {
  readonly version = FIRMWARE_VERSION;
  /** This run began because an update did not prove itself. Said once. */
  readonly wasRolledBack: boolean;
  readonly #options: UpdateSlotsOptions<Partition>;
  #image: SlotImage | undefined;

  constructor(options: UpdateSlotsOptions<Partition>) {
    this.#options = options;
    this.wasRolledBack = this.#hasNote() && !this.isOnTrial;
    if (this.wasRolledBack) this.#setNote(false);
  }

  get isOnTrial(): boolean {
    return this.#options.control.isOnTrial();
  }

  /** False also on trial: the other slot holds what would be gone back to. */
  begin(size: number): boolean {
    const { flash, update, digest } = this.#options;
    this.abandon();
    if (this.isOnTrial) return false;
    try {
      const partition = flash.open({ path: 'nextota' });
      if (size > partition.status().size) return false;
      this.#image = update.open({ partition, mode: 'a' });
    } catch {
      return false;
    }
    digest.begin();
    return true;
  }

  /** May take as long as erasing the sectors that the piece reaches into. */
  write(piece: Uint8Array): boolean {
    this.#options.digest.add(piece);
    return this.#attempt(image => image.write(piece));
  }

  digest(): Uint8Array {
    return this.#options.digest.end();
  }

  /** Takes a second or two, for the chip reads the whole image once more. */
  finish(): boolean {
    const isDone = this.#attempt(image => image.complete());
    if (!isDone) this.abandon();
    this.#image = undefined;
    if (isDone) this.#setNote(true);
    return isDone;
  }

  abandon(): void {
    this.#attempt(image => image.close());
    this.#image = undefined;
  }

  confirm(): boolean {
    if (!this.#options.control.confirm()) return false;
    this.#setNote(false);
    return true;
  }

  rollBack(): void {
    this.#options.control.rollBack();
  }

  restart(): void {
    this.#options.restart();
  }

  /** False when there is no image, or the SDK throws: then nothing of it would be started. */
  #attempt(action: (image: SlotImage) => void): boolean {
    const image = this.#image;
    if (image === undefined) return false;
    try {
      action(image);
      return true;
    } catch {
      return false;
    }
  }

  #hasNote(): boolean {
    try {
      return this.#options.notes.read(NOTE) !== undefined;
    } catch {
      return false;
    }
  }

  /** Without the note the update goes on all the same, and its failure is told less exactly. */
  #setNote(isOnTrial: boolean): void {
    const { notes } = this.#options;
    try {
      if (isOnTrial) notes.write(NOTE, 'begun');
      else notes.delete(NOTE);
    } catch {
      return;
    }
  }
}
