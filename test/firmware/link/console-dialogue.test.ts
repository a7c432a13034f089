import test from 'ava';
import { milliwattHours } from '../../../firmware/energy';
import { consoleAnswer } from '../../support/console-model';
import { INTERVAL, PayloadWorld } from './payload-world';

/** ms */
const ROUND = INTERVAL * 1000;
const PATIENCE = 30_000;
const LOST = () => [];

function noncesSent(world: PayloadWorld): number[] {
  return world.stated.map(([nonce]) => nonce);
}

test('each round asks first, and then states what was imported since the payload before', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.pass(10);
  t.deepEqual(world.console.taken, [{ nonce: 1, energy: 1000 }]);
  world.draw(5);
  world.draw(6);
  world.pass(ROUND);
  t.deepEqual(world.console.taken, [
    { nonce: 1, energy: 1000 },
    { nonce: 2, energy: 11 },
  ]);
  t.deepEqual(noncesSent(world), [0, 1, 0, 2]);
  t.deepEqual(world.outOfStep, []);
});

test('where nothing was imported it only asks', t => {
  const world = new PayloadWorld();
  world.pass(3 * ROUND + 10);
  t.deepEqual(noncesSent(world), [0, 0, 0, 0]);
});

test('the question tells the key and the voltage, what follows only the voltage', t => {
  const world = new PayloadWorld();
  world.draw(1);
  world.pass(10);
  t.deepEqual(
    world.sent.map(({ length }) => length),
    [106, 74],
  );
});

test('what a payload has no room for is left to the next ones', t => {
  const world = new PayloadWorld();
  const most = 2 ** 32 - 1;
  world.draw(most + 7);
  world.pass(ROUND + 10);
  t.deepEqual(
    world.console.taken.map(({ energy }) => energy),
    [most, 7],
  );
});

test('a payload that was lost is sent again as it was, though more was imported since', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.fateOfPayload = () => (world.sent.length === 2 ? [] : [1]);
  world.pass(10);
  world.draw(500);
  world.pass(PATIENCE + 5000);
  t.deepEqual(world.console.taken, [{ nonce: 1, energy: 1000 }]);
  t.deepEqual(noncesSent(world), [0, 1, 0, 1]);
  t.is(world.stated[1]?.[1], world.stated[3]?.[1]);
});

test('a payload that was taken though its answer was lost is not repeated', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.fateOfAnswer = () => (world.console.last === 1 && world.sent.length === 2 ? [] : [1]);
  world.pass(10);
  world.draw(500);
  world.pass(PATIENCE + 5000);
  t.deepEqual(world.console.taken, [
    { nonce: 1, energy: 1000 },
    { nonce: 2, energy: 500 },
  ]);
});

test('without answers it asks less and less often, and sends nothing else', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.fateOfAnswer = LOST;
  world.pass(3_600_000);
  t.true(noncesSent(world).every(nonce => nonce === 0));
  t.true(world.sent.length >= 10 && world.sent.length < 60, `${world.sent.length}`);
});

test('with the connection a round ends, and the next begins with the question', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.fateOfPayload = LOST;
  world.pass(10);
  world.dialogue.setOnline(false);
  world.pass(10 * ROUND);
  t.deepEqual(noncesSent(world), [0]);
  world.fateOfPayload = () => [1];
  world.dialogue.setOnline(true);
  world.pass(10);
  t.deepEqual(noncesSent(world), [0, 0, 1]);
  world.dialogue.setOnline(false);
  world.dialogue.setOnline(true);
  world.pass(ROUND - 1000);
  t.is(world.sent.length, 3);
});

test('a shorter interval counts at once, and after a stop nothing is sent or heard', t => {
  const world = new PayloadWorld();
  world.dialogue.setInterval(86_400);
  world.pass(10);
  world.dialogue.setInterval(60);
  world.pass(60_010);
  t.is(world.sent.length, 2);
  world.dialogue.stop();
  world.pass(10 * ROUND);
  t.is(world.sent.length, 2);
});

for (const [what, last] of [
  ['has more than the meter ever sent', 9],
  ['has lost what it had', 1],
  ['has nothing though it had something', 0],
] as const)
  test(`where the Console ${what}, that is told once, and nothing is sent but questions`, t => {
    const world = new PayloadWorld();
    for (let k = 0; k < 4; k++) {
      world.draw(100);
      world.pass(ROUND);
    }
    t.is(world.console.last, 4);
    const before = world.sent.length;
    world.console.last = last;
    world.draw(100);
    world.pass(20 * ROUND);
    t.true(world.sent.length > before + 5);
    t.true(
      noncesSent(world)
        .slice(before)
        .every(nonce => nonce === 0),
    );
    t.deepEqual(world.outOfStep, [last]);
    world.console.last = 4;
    world.pass(2 * ROUND);
    t.is(world.console.last, 5);
  });

test('a late answer that fits no question does not count as out of step where one that fits comes too', t => {
  const world = new PayloadWorld();
  for (let k = 0; k < 3; k++) {
    world.draw(100);
    world.pass(ROUND);
  }
  world.fateOfAnswer = () => [5000];
  world.draw(100);
  world.pass(2000);
  t.is(noncesSent(world).at(-1), 0);
  for (const late of [
    consoleAnswer(true),
    consoleAnswer(true, 1),
    consoleAnswer(true, 2),
    consoleAnswer(true),
  ])
    world.answer(late);
  world.pass(3 * ROUND);
  t.deepEqual(world.outOfStep, []);
  t.is(world.console.last, 4);
});

test('an answer that nobody waits for, or that is none, changes nothing', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.pass(10);
  const { length } = world.sent;
  const words = world.words.length;
  for (let k = 0; k < 1000; k++) world.answer(consoleAnswer(k % 2 === 0, k));
  t.is(world.words.length, words);
  world.pass(ROUND - 20);
  world.fateOfAnswer = LOST;
  world.pass(20);
  t.is(world.sent.length, length + 1);
  for (let size = 0; size < 40; size++)
    for (const first of [0, 1, 2, 255])
      if ((size !== 9 && size !== 13) || first > 1) world.answer(new Uint8Array(size).fill(first));
  t.is(world.words.length, words);
  t.is(world.sent.length, length + 1);
});

test('of a flood of answers one counts for each question and one for each payload', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.fateOfAnswer = () => Array.from({ length: 500 }, (_, k) => k);
  world.pass(ROUND - 1000);
  t.is(world.words.length, 2);
  t.is(world.sent.length, 2);
});

test('in another name the payloads begin anew, and what was imported before is none of theirs', t => {
  const world = new PayloadWorld();
  world.draw(1000);
  world.pass(10);
  world.draw(70);
  world.ledger.update({ resetVersion: 1 });
  const other = world.reopen({ m3terId: 8n });
  t.deepEqual([other?.last.nonce, other?.last.covered], [0, milliwattHours(1070)]);
  t.is(other?.makeNext(), undefined);
  t.is(world.reopen({ m3terId: 7n })?.last.nonce, 0);
});
