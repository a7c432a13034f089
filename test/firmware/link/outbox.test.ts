import test from 'ava';
import { EntryLog, type LogEntry } from '../../../firmware/link/log';
import { Outbox } from '../../../firmware/link/outbox';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { crypto } from '../../support/messages';

type Kind = 'reading' | 'event';

const HOUR = 3600_000;

/** An outbox over a log of 16 sectors; the wire takes `room` entries. */
class Desk {
  readonly clock = new VirtualClock();
  readonly log: EntryLog;
  readonly outbox: Outbox;
  /** As `reading 1`, each time that it goes out. */
  sent: string[] = [];
  room = Number.POSITIVE_INFINITY;
  readonly settled = { reading: 0, event: 0 };
  readonly delivered: number[] = [];
  readonly #answers: { readonly name: string; answer(isAccepted: boolean): void }[] = [];

  constructor(sectors = 16) {
    const region = new EmulatedFlash({ size: sectors * 1024, sectorSize: 1024, prng: new Prng('outbox') });
    const opened = EntryLog.open(region, (_kind, _sequence, body) => crypto.sha256(body));
    if (!opened.ok) throw new Error(opened.fault);
    this.log = opened.value;
    this.outbox = new Outbox(this.clock, this.log, {
      send: (kind, entry, onAnswered) => this.#send(kind, entry, onAnswered),
      settled: kind => this.settled[kind],
      onEventsDelivered: sequence => {
        this.settled.event = sequence;
        this.delivered.push(sequence);
      },
    });
  }

  add(kind: Kind, count = 1): void {
    for (let k = 0; k < count; k++) {
      if (!this.log.append(kind, this.log.head(kind).sequence + 1, new Uint8Array(100)))
        throw new Error('not kept');
    }
    this.outbox.pump();
  }

  /** PUBACK for the oldest that waits for one. */
  answer(isAccepted = true): void {
    this.#answers.shift()?.answer(isAccepted);
  }

  answerAll(): void {
    while (this.#answers.length > 0) this.answer();
  }

  /** What went out since it was asked last. */
  taken(): string[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  #send(kind: Kind, { sequence }: LogEntry, onAnswered: (isAccepted: boolean) => void): boolean {
    if (this.room <= 0) return false;
    this.room--;
    const name = `${kind} ${sequence}`;
    this.sent.push(name);
    this.#answers.push({ name, answer: onAnswered });
    return true;
  }
}

const readings = (...sequences: number[]) => sequences.map(sequence => `reading ${sequence}`);
const events = (...sequences: number[]) => sequences.map(sequence => `event ${sequence}`);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => from + k);

test('nothing is sent before the connection is there, then all in order, and what is added at once', t => {
  const desk = new Desk();
  desk.add('reading', 3);
  desk.add('event', 2);
  t.deepEqual(desk.taken(), []);
  desk.outbox.open();
  t.deepEqual(desk.taken(), [...events(1, 2), ...readings(1, 2, 3)]);
  desk.add('reading');
  t.deepEqual(desk.taken(), readings(4));
  for (let k = 0; k < 3; k++) desk.outbox.pump();
  t.deepEqual(desk.taken(), []);
});

test('what found no room goes out when there is some, once and in order', t => {
  const desk = new Desk();
  desk.room = 2;
  desk.outbox.open();
  desk.add('reading', 5);
  t.deepEqual(desk.taken(), readings(1, 2));
  desk.outbox.pump();
  t.deepEqual(desk.taken(), []);
  for (let k = 3; k <= 5; k++) {
    desk.room = 1;
    desk.outbox.pump();
    t.deepEqual(desk.taken(), readings(k));
  }
});

test('readings are sent again with each connection until they are settled, whatever the broker acknowledged', t => {
  const desk = new Desk();
  desk.add('reading', 4);
  desk.outbox.open();
  desk.answerAll();
  desk.outbox.close();
  desk.add('reading');
  t.deepEqual(desk.taken(), readings(1, 2, 3, 4));
  desk.settled.reading = 2;
  desk.outbox.open();
  t.deepEqual(desk.taken(), readings(3, 4, 5));
  desk.settled.reading = 5;
  desk.outbox.close();
  desk.outbox.open();
  t.deepEqual(desk.taken(), []);
});

/** Hours after which both readings are sent again, looked at every quarter of an hour. */
function resendings(desk: Desk, hours: number): number[] {
  const times: number[] = [];
  for (let time = 0.25; time <= hours; time += 0.25) {
    desk.clock.advance(HOUR / 4);
    desk.outbox.pump();
    const sent = desk.taken();
    if (sent.length > 0) times.push(time);
  }
  return times;
}

test('what nobody settles is sent again after an hour, and then ever more rarely, but once a day', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('reading', 2);
  desk.answerAll();
  desk.taken();
  t.deepEqual(resendings(desk, 80), [1, 3, 7, 15, 31, 55, 79]);
});

test('when something is settled the waits begin with an hour again', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('reading', 2);
  desk.answerAll();
  desk.taken();
  t.deepEqual(resendings(desk, 10), [1, 3, 7]);
  desk.settled.reading = 1;
  t.deepEqual(resendings(desk, 4), [1.25, 3.25]);
});

test('a reading is not sent twice because the connection is old, nor while others are being settled', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.clock.advance(5 * HOUR);
  for (let k = 1; k <= 20; k++) {
    desk.add('reading');
    desk.answerAll();
    desk.add('event');
    desk.clock.advance(1000);
    desk.outbox.pump();
    desk.clock.advance(HOUR / 2);
    desk.settled.reading = k - 1;
  }
  t.deepEqual(
    desk.taken().filter(name => name.startsWith('reading')),
    readings(...range(1, 20)),
  );
});

test('the wait of an hour begins when something is sent, not when all was settled', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('reading');
  desk.settled.reading = 1;
  desk.clock.advance(10 * HOUR);
  desk.add('reading');
  desk.clock.advance(HOUR - 1);
  desk.outbox.pump();
  t.deepEqual(desk.taken(), readings(1, 2));
  desk.clock.advance(1);
  desk.outbox.pump();
  t.deepEqual(desk.taken(), readings(2));
});

test('events are delivered when the broker has them, and not sent again', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('event', 3);
  desk.answer();
  desk.answer();
  t.deepEqual(desk.delivered, [1, 2]);
  desk.outbox.close();
  desk.taken();
  desk.outbox.open();
  t.deepEqual(desk.taken(), events(3));
});

test('an acknowledgement from a connection before delivers nothing', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('event', 2);
  desk.outbox.close();
  desk.outbox.open();
  desk.answer();
  desk.answer();
  t.deepEqual(desk.delivered, []);
  desk.answer();
  t.deepEqual(desk.delivered, [1]);
});

test('an event that the broker refuses is not delivered, nor are those behind it, before they are sent again', t => {
  const desk = new Desk();
  desk.outbox.open();
  desk.add('event', 3);
  desk.answer();
  desk.answer(false);
  desk.answer();
  desk.add('event');
  desk.answer();
  t.deepEqual(desk.delivered, [1]);
  desk.taken();
  desk.clock.advance(HOUR);
  desk.outbox.pump();
  t.deepEqual(desk.taken(), events(2, 3, 4));
  desk.answerAll();
  t.deepEqual(desk.delivered, [1, 2, 3, 4]);
});

test('a week without a connection is caught up with, in order, however little room there is', t => {
  const desk = new Desk(128);
  const week = 7 * 96;
  desk.add('reading', week);
  desk.room = 0;
  desk.outbox.open();
  for (let round = 0; round < week / 8; round++) {
    desk.room = 8;
    desk.outbox.pump();
    desk.answerAll();
  }
  t.deepEqual(desk.taken(), readings(...range(1, week)));
});

test('where the log was full the oldest are missing, and the rest goes out, while more is added', t => {
  const desk = new Desk(4);
  desk.add('reading', 60);
  const oldest = desk.log.oldest('reading');
  t.true(oldest > 20 && oldest < 60);
  desk.room = 1;
  desk.outbox.open();
  t.deepEqual(desk.taken(), readings(oldest));
  desk.add('reading', 30);
  desk.room = Number.POSITIVE_INFINITY;
  desk.outbox.pump();
  const sent = desk.taken().map(name => Number(name.split(' ')[1]));
  t.is(sent.at(-1), 90);
  t.deepEqual(
    sent,
    sent.toSorted((a, b) => a - b),
  );
  t.is(new Set(sent).size, sent.length);
  t.deepEqual(sent.slice(1), range(desk.log.oldest('reading'), 90));
});
