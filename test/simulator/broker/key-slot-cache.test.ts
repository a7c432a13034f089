import test from 'ava';
import { KeySlotCache } from '../../../simulator/broker/key-slot-cache';
import type { TokenSlot } from '../../../simulator/broker/registered-meters';
import { key } from '../../support/messages';

const HALF_A_MINUTE = 30_000;
const device = { device: key(42).address };

/** A registry that can be away, and the questions that it was asked. */
class Registry {
  readonly slots = new Map<bigint, TokenSlot>();
  readonly questions: bigint[] = [];
  readonly failures: unknown[] = [];
  isAway = false;
  time = 0;
  readonly cache = new KeySlotCache(
    async m3terId => {
      this.questions.push(m3terId);
      if (this.isAway) throw new Error('no chain');
      return this.slots.get(m3terId) ?? 'no-token';
    },
    () => this.time,
    error => void this.failures.push(error),
  );
}

test('the registry is asked once in half a minute, however many want to know', async t => {
  const registry = new Registry();
  registry.slots.set(7n, device);
  const answers = await Promise.all([7n, 7n, 7n].map(id => registry.cache.slot(id)));
  t.deepEqual(answers, [device, device, device]);
  registry.time = HALF_A_MINUTE - 1;
  await registry.cache.slot(7n);
  t.deepEqual(registry.questions, [7n]);
  registry.time++;
  registry.slots.set(7n, 'none');
  t.is(await registry.cache.slot(7n), 'none', 'who was taken out is out');
  t.deepEqual(registry.questions, [7n, 7n]);
});

test('while the chain is away, known keys stay, and nobody else is known', async t => {
  const registry = new Registry();
  registry.slots.set(7n, device).set(8n, 'no-address').set(9n, 'none');
  for (const id of [7n, 8n, 9n, 10n]) await registry.cache.slot(id);
  registry.isAway = true;
  registry.time = 10 * HALF_A_MINUTE;
  t.is(await registry.cache.slot(7n), device);
  t.is(await registry.cache.slot(8n), 'no-address');
  for (const id of [9n, 10n, 11n]) t.is(await registry.cache.slot(id), undefined, `${id}`);
});

test('after a failure the chain is left alone for a while, and asked again then', async t => {
  const registry = new Registry();
  registry.isAway = true;
  for (let id = 0n; id < 50n; id++) await registry.cache.slot(id);
  t.is(registry.questions.length, 1);
  t.is(registry.failures.length, 1);
  registry.isAway = false;
  registry.slots.set(7n, device);
  registry.time = 10_000;
  t.is(await registry.cache.slot(7n), device);
});

test('tokens without a key that are made up put out no known one, and are forgotten', async t => {
  const registry = new Registry();
  registry.slots.set(7n, device);
  await registry.cache.slot(7n);
  for (let id = 1000n; id < 2001n; id++) {
    registry.time += 20;
    await registry.cache.slot(id);
  }
  await registry.cache.slot(7n);
  await registry.cache.slot(1001n);
  t.is(registry.questions.length, 1002);
  await registry.cache.slot(1000n);
  t.is(registry.questions.length, 1003);
});

test('a thousand questions are asked in a row and ten a second then, and known keys stay meanwhile', async t => {
  const registry = new Registry();
  registry.slots.set(7n, device);
  await registry.cache.slot(7n);
  for (let id = 1000n; id < 3000n; id++) await registry.cache.slot(id);
  t.is(registry.questions.length, 1000);
  t.is(await registry.cache.slot(3000n), undefined);
  registry.time = 3_600_000;
  for (let id = 4000n; id < 6000n; id++) await registry.cache.slot(id);
  t.is(registry.questions.length, 2000);
  t.is(await registry.cache.slot(7n), device);
  registry.time += 1_000;
  for (let id = 6000n; id < 7000n; id++) await registry.cache.slot(id);
  t.is(registry.questions.length, 2010);
});

test('a hundred questions are asked at a time', async t => {
  const asked: (() => void)[] = [];
  const cache = new KeySlotCache(
    () => new Promise(resolve => asked.push(() => resolve(device))),
    () => 0,
    () => {},
  );
  const answers = Array.from({ length: 101 }, (_, k) => cache.slot(BigInt(k)));
  t.is(await answers[100], undefined);
  for (const answer of asked) answer();
  t.deepEqual(await Promise.all(answers.slice(0, 100)), Array(100).fill(device));
});

test('who waits in vain for an answer is told so, and the late answer is kept', async t => {
  let answer = (_slot: TokenSlot) => {};
  const late = new Promise<TokenSlot>(resolve => {
    answer = resolve;
  });
  let questions = 0;
  const cache = new KeySlotCache(
    () => {
      questions++;
      return late;
    },
    () => 0,
    () => {},
  );
  const first = cache.slot(7n);
  t.is(await first, undefined);
  t.is(await cache.slot(8n), undefined, 'no other is asked meanwhile');
  t.is(questions, 1);
  answer(device);
  await late;
  t.is(await cache.slot(7n), device);
});
