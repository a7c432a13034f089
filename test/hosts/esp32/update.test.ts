import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  type ImageReceiver,
  type SlotControl,
  type SlotPartition,
  UpdateSlots,
} from '../../../hosts/esp32/update';
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
  #hash = createHash('sha256');
  readonly digest = {
    begin: () => {
      this.#hash = createHash('sha256');
    },
    add: (piece: Uint8Array) => void this.#hash.update(piece),
    end: (): Uint8Array => this.#hash.digest(),
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
    });
  }
}

const IMAGE = Uint8Array.from({ length: 1000 }, (_, k) => (k === 0 ? 0xe9 : k % 251));
const digestOf = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());

function receive(
  board: FakeBoard,
  image: Uint8Array,
  sha256 = digestOf(image),
  size = image.length,
): ImageReceiver {
  const begun = board.slots().receive({ size, sha256 });
  if (!begun.ok) throw new Error(begun.fault);
  return begun.value;
}

test('an image that came in pieces runs after the restart, on trial, until it is confirmed', t => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      fc.boolean(),
      (sizes, isOnline) => {
        const board = new FakeBoard();
        const receiver = receive(board, IMAGE);
        for (let offset = 0, k = 0; offset < IMAGE.length; k++) {
          const size = sizes[k % sizes.length] as number;
          t.true(receiver.write(IMAGE.subarray(offset, offset + size)).ok);
          offset += size;
        }
        t.true(receiver.finish(isOnline).ok);
        t.deepEqual(board.received, [...IMAGE]);
        t.is(board.running, 'old');
        const slots = board.restart();
        t.is(board.running, 'new');
        t.like(slots, { isOnTrial: true, wasOnline: isOnline, wasRolledBack: false });
        t.true(slots.confirm());
        t.like(board.restart(), { isOnTrial: false, wasRolledBack: false });
        t.is(board.running, 'new');
      },
    ),
    { numRuns: 30 },
  );
});

test('an image that is taken back, or restarts before it is confirmed, is told of once', t => {
  for (const end of ['roll back', 'restart'] as const) {
    const board = new FakeBoard();
    const receiver = receive(board, IMAGE);
    receiver.write(IMAGE);
    receiver.finish(true);
    const trial = board.restart();
    t.true(trial.isOnTrial);
    if (end === 'roll back') trial.rollBack();
    t.like(board.restart(), { isOnTrial: false, wasRolledBack: true });
    t.is(board.running, 'old');
    t.false(board.restart().wasRolledBack);
  }
});

test('what is not what was announced is never started', t => {
  const other = IMAGE.slice();
  other[500] = 0;
  const noImage = IMAGE.slice(1);
  const cases = [
    ['wrong-digest', () => receive(new FakeBoard(), IMAGE, digestOf(other)), IMAGE],
    ['wrong-digest', () => receive(new FakeBoard(), IMAGE), IMAGE.subarray(0, 999)],
    ['invalid-image', () => receive(new FakeBoard(), noImage), noImage],
  ] as const;
  for (const [fault, begin, bytes] of cases) {
    const receiver = begin();
    t.true(receiver.write(bytes).ok);
    t.deepEqual(receiver.finish(true), { ok: false, fault });
  }
  const board = new FakeBoard();
  const receiver = receive(board, IMAGE);
  t.true(receiver.write(IMAGE).ok);
  t.deepEqual(receiver.write(Uint8Array.of(1)), { ok: false, fault: 'too-large' });
  t.false(receiver.finish(true).ok);
  t.is(board.next, 'old');
});

test('faults of slot and flash are values', t => {
  const board = new FakeBoard();
  const release = { size: IMAGE.length, sha256: digestOf(IMAGE) };
  t.deepEqual(board.slots().receive({ ...release, size: SLOT + 1 }), { ok: false, fault: 'too-large' });
  const receiver = receive(board, IMAGE);
  board.isBroken = true;
  t.deepEqual(receiver.write(IMAGE), { ok: false, fault: 'write-failed' });
  t.deepEqual(board.slots().receive(release), { ok: false, fault: 'no-slot' });
  board.isBroken = false;
  board.state = 'pending';
  t.deepEqual(board.slots().receive(release), { ok: false, fault: 'on-trial' });
  board.isBroken = true;
  t.false(board.slots().confirm());
});

test('an update goes on without its note, and is only told of less exactly', t => {
  const board = new FakeBoard();
  board.notes.isBroken = true;
  const receiver = receive(board, IMAGE);
  receiver.write(IMAGE);
  t.true(receiver.finish(true).ok);
  t.like(board.restart(), { isOnTrial: true, wasOnline: false });
  t.like(board.restart(), { isOnTrial: false, wasRolledBack: false });
});
