import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { RESTART_CAUSES, restartCause } from '../../../hosts/esp32/restart-cause';
import { TaskWatchdog } from '../../../hosts/esp32/watchdog';
import { canRun, compile, HOST, HOST_SANITIZED } from '../../../hosts/native/toolchain/compiler';
import { type Answer, converse, Fields, int64s, type Request } from '../native/harness';

const path = (name: string) => fileURLToPath(new URL(`../../../hosts/${name}`, import.meta.url));
const SOURCES = [
  'esp32/native/guard.c',
  'esp32/native/harness/guard_harness.c',
  'native/harness/frames.c',
].map(path);

/** As in native/guard.h. */
const RESETS = ['power', 'pin', 'software', 'panic', 'watchdog', 'brown-out'] as const;
const NOTES = { none: 0, requested: 1, memory: 2 } as const;
const OPERATIONS = {
  ...{
    setMemory: 1,
    begin: 2,
    cause: 3,
    knowRelay: 4,
    decided: 5,
    leaveNote: 6,
    relayToOpen: 7,
    memorySize: 8,
  },
} as const;

function request(operation: keyof typeof OPERATIONS, ...numbers: readonly number[]): Request {
  const fields = new Fields();
  for (const number of numbers) fields.uint32(number);
  return { operation: OPERATIONS[operation], fields };
}

const knowRelay = request('knowRelay', 26, 0, 50);
const begin = request('begin');
const decided = request('decided');
const relayToOpen = request('relayToOpen');

/** Reported as skipped where such programs cannot be made or run. */
const testC = canRun(HOST_SANITIZED) ? test : test.skip;
const run = (requests: readonly Request[]): Answer[] =>
  converse(compile(HOST_SANITIZED, 'guard-harness', SOURCES), requests);

testC('each reset and note has its cause', t => {
  const cases = [
    ...[
      ['power', 'none', 'power'],
      ['power', 'memory', 'power'],
      ['pin', 'none', 'reset'],
      ['pin', 'requested', 'reset'],
    ],
    ...[
      ['software', 'requested', 'requested'],
      ['software', 'none', 'crash'],
      ['software', 'memory', 'memory'],
    ],
    ...[
      ['panic', 'none', 'crash'],
      ['panic', 'requested', 'crash'],
      ['panic', 'memory', 'memory'],
    ],
    ...[
      ['watchdog', 'none', 'watchdog'],
      ['watchdog', 'memory', 'watchdog'],
      ['brown-out', 'requested', 'brown-out'],
    ],
  ] as [(typeof RESETS)[number], keyof typeof NOTES, string][];
  const answers = run(cases.map(([reset, note]) => request('cause', RESETS.indexOf(reset), NOTES[note])));
  t.deepEqual(
    answers.map(answer => RESTART_CAUSES[int64s(answer)[0] as number]),
    cases.map(([, , cause]) => cause),
  );
});

testC('a note outlives one restart, and is told once', t => {
  const answers = run([begin, request('leaveNote', NOTES.requested), begin, begin]);
  t.deepEqual(
    [answers[0], answers[2], answers[3]].map(answer => int64s(answer as Answer)[0]),
    [NOTES.none, NOTES.requested, NOTES.none],
  );
});

testC('after three boots that end undecided the relay is opened, and at each boot from then on', t => {
  const boots = Array.from({ length: 6 }, () => [begin, relayToOpen]).flat();
  const answers = run([begin, knowRelay, relayToOpen, ...boots]);
  const moves = answers.slice(2).filter((_, k) => k % 2 === 0);
  t.deepEqual(
    moves.map(answer => answer !== undefined),
    [false, false, false, true, true, true, true],
  );
  t.deepEqual(int64s(moves.at(-1)), [26, 0, 50]);
});

testC('a boot that decides counts as none before it did', t => {
  const answers = run([
    begin,
    knowRelay,
    begin,
    begin,
    decided,
    begin,
    begin,
    begin,
    relayToOpen,
    begin,
    relayToOpen,
  ]);
  t.is(answers[8], undefined);
  t.not(answers[10], undefined);
});

testC('where it is not known how the relay is opened nothing is moved', t => {
  const answers = run([...Array.from({ length: 9 }, () => begin), relayToOpen]);
  t.is(answers.at(-1), undefined);
});

testC('whatever the memory holds after power-up: no note, no relay, and the counting begins', t => {
  const size = int64s(run([request('memorySize')])[0])[0] as number;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: size, maxLength: size }), noise => {
      const setMemory = { operation: OPERATIONS.setMemory, fields: new Fields().bytes(noise) };
      const [, note, move, , first, second, third, fourth] = run([
        ...[setMemory, begin, relayToOpen, knowRelay],
        ...Array.from({ length: 4 }, () => [begin, relayToOpen]).flat(),
      ]).filter((_, k) => k < 4 || k % 2 === 1);
      return (
        int64s(note as Answer)[0] === NOTES.none &&
        [move, first, second].every(answer => answer === undefined) &&
        [third, fourth].every(answer => answer !== undefined)
      );
    }),
    { numRuns: 30 },
  );
  t.pass();
});

testC('the portable part compiles without a warning', t => {
  t.notThrows(() => compile(HOST, 'guard-harness', SOURCES));
});

test('the slots know better when an update was taken back', t => {
  t.is(restartCause(0, false), 'power');
  t.is(restartCause(5, true), 'rollback');
  t.throws(() => restartCause(7, false), { message: 'code: expected 0 to 6, got 7' });
});

test('the watchdog watches for ten seconds, and a hardware that refuses is no watchdog', t => {
  const calls: (string | number)[] = [];
  const hardware = { start: (timeout: number) => calls.push(timeout) > 0, feed: () => calls.push('feed') };
  const watchdog = new TaskWatchdog(hardware);
  watchdog.start();
  watchdog.feed();
  t.deepEqual(calls, [10_000, 'feed']);
  t.throws(() => new TaskWatchdog({ start: () => false, feed() {} }).start(), {
    message: 'watchdog: expected to start, got a refusal',
  });
});
