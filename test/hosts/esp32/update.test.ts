import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { FIRMWARE_VERSION } from '../../../firmware/version';
import { type SlotControl, type SlotPartition, UpdateSlots } from '../../../hosts/esp32/update';
import { FakeStore } from './fake-store';

/** Bytes */
const SLOT = 4096;

/** Two slots, the bootloader and ESP-IDF's functions on them, as far as an update sees them. */
class FakeBoard implements SlotControl {
  readonly notes = new FakeStore();
  running = 'old';
  next = 'old';
  state: 'valid' | 'pending' = 'valid';
  received: number[] = [];
  isOpen = false;
  isBroken = false;
  restarts = 0;
  #hash = createHash('sha256');
  readonly digest = {
    begin: () => {
      this.#hash = createHash('sha256');
    },
    add: (piece: Uint8Array) => void this.#hash.update(piece),
    end: () => Uint8Array.from(this.#hash.digest()),
  };

  readonly flash = {
    open: (): SlotPartition => {
      if (this.isBroken) throw new Error("can't find partition");
      return { status: () => ({ size: SLOT }) };
    },
  };

  readonly update = {
    open: () => {
      this.isOpen = true;
      this.received = [];
      return {
        write: (bytes: Uint8Array) => {
          if (!this.isOpen) throw new Error('already complete');
          if (this.isBroken) throw new Error('write failed');
          this.received.push(...bytes);
        },
        complete: () => {
          if (!this.isOpen) throw new Error('already complete');
          this.isOpen = false;
          if (this.received[0] !== 0xe9) throw new Error('end failed');
          this.next = 'new';
        },
        close: () => {
          this.isOpen = false;
        },
      };
    },
  };

  isOnTrial(): boolean {
    return this.state === 'pending';
  }
  confirm(): boolean {
    if (this.isBroken) return false;
    this.state = 'valid';
    return true;
  }
  rollBack(): void {
    this.next = 'old';
  }

  /** The bootloader's rule: an image that is pending when it is started again is given up. */
  restart(): UpdateSlots<SlotPartition> {
    if (this.state === 'pending' && this.next === this.running) this.next = 'old';
    this.state = this.next !== this.running && this.next === 'new' ? 'pending' : 'valid';
    this.running = this.next;
    return this.slots();
  }

  slots(): UpdateSlots<SlotPartition> {
    return new UpdateSlots({
      flash: this.flash,
      update: this.update,
      control: this,
      digest: this.digest,
      notes: this.notes,
      restart: () => void this.restarts++,
    });
  }
}

const IMAGE = Uint8Array.from({ length: 1000 }, (_, k) => (k === 0 ? 0xe9 : k % 251));
const digestOf = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());

function receive(board: FakeBoard, image = IMAGE): UpdateSlots<SlotPartition> {
  const slots = board.slots();
  slots.begin(image.length);
  slots.write(image);
  return slots;
}

test('an image that came in pieces runs after the restart, on trial, until it is confirmed', t => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), sizes => {
      const board = new FakeBoard();
      const slots = board.slots();
      t.true(slots.begin(IMAGE.length));
      for (let offset = 0, k = 0; offset < IMAGE.length; k++) {
        const size = sizes[k % sizes.length] as number;
        t.true(slots.write(IMAGE.subarray(offset, offset + size)));
        offset += size;
      }
      t.deepEqual(slots.digest(), digestOf(IMAGE));
      t.true(slots.finish());
      t.deepEqual(board.received, [...IMAGE]);
      t.is(board.running, 'old');
      const trial = board.restart();
      t.is(board.running, 'new');
      t.like(trial, { isOnTrial: true, wasRolledBack: false, version: FIRMWARE_VERSION });
      t.true(trial.confirm());
      t.like(board.restart(), { isOnTrial: false, wasRolledBack: false });
      t.is(board.running, 'new');
    }),
    { numRuns: 30 },
  );
});

test('an image that is taken back, or restarts before it is confirmed, is told of once', t => {
  for (const end of ['roll back', 'restart'] as const) {
    const board = new FakeBoard();
    receive(board).finish();
    const trial = board.restart();
    t.true(trial.isOnTrial);
    if (end === 'roll back') trial.rollBack();
    t.like(board.restart(), { isOnTrial: false, wasRolledBack: true });
    t.is(board.running, 'old');
    t.false(board.restart().wasRolledBack);
  }
});

test('what is no image, or was abandoned, is never started', t => {
  const board = new FakeBoard();
  t.false(receive(board, IMAGE.slice(1)).finish());
  t.false(board.isOpen);
  const slots = receive(board);
  slots.abandon();
  t.false(board.isOpen);
  t.false(slots.write(IMAGE));
  t.false(slots.finish());
  t.like(board.restart(), { isOnTrial: false, wasRolledBack: false });
  t.is(board.running, 'old');
});

test('an image that is begun anew is another', t => {
  const board = new FakeBoard();
  const slots = receive(board);
  t.true(slots.begin(IMAGE.length));
  slots.write(IMAGE);
  t.deepEqual(slots.digest(), digestOf(IMAGE));
  t.true(slots.finish());
});

test('what is too large for a slot, a slot in need on trial, and faults of the flash are refused', t => {
  const board = new FakeBoard();
  t.false(board.slots().begin(SLOT + 1));
  const slots = receive(board);
  board.isBroken = true;
  t.false(slots.write(IMAGE));
  t.false(board.slots().begin(IMAGE.length));
  board.isBroken = false;
  board.state = 'pending';
  t.false(board.slots().begin(IMAGE.length));
  board.isBroken = true;
  t.false(board.slots().confirm());
});

test('an update goes on without its note, and is only told of less exactly', t => {
  const board = new FakeBoard();
  board.notes.isBroken = true;
  t.true(receive(board).finish());
  t.like(board.restart(), { isOnTrial: true });
  t.like(board.restart(), { isOnTrial: false, wasRolledBack: false });
});

test("a restart is the board's", t => {
  const board = new FakeBoard();
  board.slots().restart();
  t.is(board.restarts, 1);
});
