import test from 'ava';
import { NvsSecretStore } from '../../../hosts/esp32/secret-store';
import { FakeNvs } from './fake-nvs';

const seven = (length: number) => new Uint8Array(length).fill(7);
const never = (): Uint8Array => {
  throw new Error('no second seed is ever made');
};

test('the seed is made once, and is the same ever after', t => {
  const io = new FakeNvs();
  t.deepEqual(new NvsSecretStore({ io, random: seven }).seed(), seven(32));
  const store = new NvsSecretStore({ io, random: never });
  t.deepEqual(store.seed(), seven(32));
  t.deepEqual(store.seed(), seven(32));
  t.deepEqual(io.opened[0], { path: 'm3ter', format: 'buffer' });
});

test('no seed is made before it is asked for', t => {
  const io = new FakeNvs();
  new NvsSecretStore({ io, random: never });
  t.is(io.values.size, 0);
});

test('a damaged seed is returned as it is, and never replaced', t => {
  for (const length of [0, 31, 33]) {
    const io = new FakeNvs();
    io.values.set('seed', new Uint8Array(length));
    t.deepEqual(new NvsSecretStore({ io, random: never }).seed(), new Uint8Array(length));
    t.is(io.values.get('seed')?.length, length);
  }
});

test('a seed that flash does not keep is not used', t => {
  const io = new FakeNvs();
  io.isForgetful = true;
  t.throws(() => new NvsSecretStore({ io, random: seven }).seed(), {
    message: 'NVS m3ter.seed: expected the seed that was written, got another',
  });
});
