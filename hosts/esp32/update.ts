import { equal } from '../../firmware/bytes';
import { failure, type Result, success } from '../../firmware/result';
import type { KeyValueStore } from './settings';

/**
 * `on-trial`: the firmware that runs has to prove itself first. `no-slot`: there is no other, or it cannot be opened.
 * `too-large`: for the slot, or more than was announced. `write-failed`: the flash, or what came is no image at all.
 * `wrong-digest`: other bytes than were announced, or fewer. `invalid-image`: damaged, for another chip, or not signed
 * by the key that the chip demands.
 */
export type UpdateFault =
  | 'on-trial'
  | 'no-slot'
  | 'too-large'
  | 'write-failed'
  | 'wrong-digest'
  | 'invalid-image';

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
  /** Keeps that an update was begun, over the restarts that it takes. */
  readonly notes: KeyValueStore;
}

/** What is to come: as the one who releases it has signed. */
export interface ImageAnnouncement {
  /** Bytes */
  readonly size: number;
  /** 32 bytes */
  readonly sha256: Uint8Array;
}

const NOTE = 'trial';
const WAS_ONLINE = 'online';
const WAS_OFFLINE = 'offline';

/** Two slots for firmware: one runs, the other receives the next, which must then prove itself or is taken back. */
export class UpdateSlots<Partition extends SlotPartition> {
  /** The firmware before had a session with its broker, so this one must have one as well. */
  readonly wasOnline: boolean;
  /** This run began because an update did not prove itself. Said once. */
  readonly wasRolledBack: boolean;
  readonly #options: UpdateSlotsOptions<Partition>;

  constructor(options: UpdateSlotsOptions<Partition>) {
    this.#options = options;
    const note = this.#note();
    this.wasOnline = note === WAS_ONLINE;
    this.wasRolledBack = note !== undefined && !this.isOnTrial;
    if (this.wasRolledBack) this.#setNote(undefined);
  }

  /** The firmware that runs has yet to prove itself. */
  get isOnTrial(): boolean {
    return this.#options.control.isOnTrial();
  }

  /** Begins to receive an image; what of another was received is lost. */
  receive({ size, sha256 }: ImageAnnouncement): Result<ImageReceiver, UpdateFault> {
    const { flash, update, digest } = this.#options;
    if (this.isOnTrial) return failure('on-trial');
    let image: SlotImage;
    try {
      const partition = flash.open({ path: 'nextota' });
      if (size > partition.status().size) return failure('too-large');
      image = update.open({ partition, mode: 'a' });
    } catch {
      return failure('no-slot');
    }
    digest.begin();
    return success(
      new ImageReceiver(image, digest, { size, sha256 }, isOnline =>
        this.#setNote(isOnline ? WAS_ONLINE : WAS_OFFLINE),
      ),
    );
  }

  /** Keeps the firmware that runs. False when the flash did not take it: to be tried again. */
  confirm(): boolean {
    if (!this.#options.control.confirm()) return false;
    this.#setNote(undefined);
    return true;
  }

  /** Restarts into the firmware before; returns only when there is none. */
  rollBack(): void {
    this.#options.control.rollBack();
  }

  #note(): string | undefined {
    try {
      return this.#options.notes.read(NOTE);
    } catch {
      return undefined;
    }
  }

  /** Without the note the update goes on all the same, and its failure is told less exactly. */
  #setNote(note: string | undefined): void {
    const { notes } = this.#options;
    try {
      if (note === undefined) notes.delete(NOTE);
      else notes.write(NOTE, note);
    } catch {
      return;
    }
  }
}

/** Takes an image in pieces of any size. After a fault, or `finish`, it takes no more. */
export class ImageReceiver {
  readonly #image: SlotImage;
  readonly #digest: PieceDigest;
  readonly #announcement: ImageAnnouncement;
  readonly #onComplete: (isOnline: boolean) => void;
  #received = 0;

  /** Made by `UpdateSlots.receive`. */
  constructor(
    image: SlotImage,
    digest: PieceDigest,
    announcement: ImageAnnouncement,
    onComplete: (isOnline: boolean) => void,
  ) {
    this.#image = image;
    this.#digest = digest;
    this.#announcement = announcement;
    this.#onComplete = onComplete;
  }

  /** May take as long as erasing the sectors that the piece reaches into. */
  write(piece: Uint8Array): Result<undefined, UpdateFault> {
    this.#received += piece.length;
    if (this.#received > this.#announcement.size) return this.#giveUp('too-large');
    this.#digest.add(piece);
    try {
      this.#image.write(piece);
    } catch {
      return this.#giveUp('write-failed');
    }
    return success(undefined);
  }

  /**
   * Makes the image the one that the next restart starts, on trial.
   * @param isOnline whether there is a session with the broker now, which the new firmware has to match
   */
  finish(isOnline: boolean): Result<undefined, UpdateFault> {
    const digest = this.#digest.end();
    const isWhole = this.#received === this.#announcement.size;
    if (!isWhole || !equal(digest, this.#announcement.sha256)) return this.#giveUp('wrong-digest');
    try {
      this.#image.complete();
    } catch {
      return this.#giveUp('invalid-image');
    }
    this.#onComplete(isOnline);
    return success(undefined);
  }

  /** Forgets what came. */
  close(): void {
    try {
      this.#image.close();
    } catch {
      // There is nothing of it that would be started.
    }
  }

  #giveUp(fault: UpdateFault) {
    this.close();
    return failure(fault);
  }
}
