import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Failure } from '../../../simulator/errors';
import {
  GatewayStore,
  intentPut,
  placesPut,
  readingPut,
  refusedPut,
} from '../../../simulator/gateway/gateway-store';
import type { IdentityRecord } from '../../../simulator/gateway/store-records';

const DEVICE = 'ab'.repeat(20);
const IDENTITY: IdentityRecord = {
  version: 1,
  chainId: 100,
  registry: '11'.repeat(20),
  protocol: '22'.repeat(20),
  proof: '33'.repeat(20),
};
const HASH = `0x${'0f'.repeat(32)}` as const;

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-store-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('what was written is there after the store was closed, whatever its size', async t => {
  const path = folder(t);
  let store = GatewayStore.open(path);
  await store.identify(IDENTITY);
  const places = [{ number: 2n ** 60n, hash: HASH }];
  const purpose = { readings: [[DEVICE, 3] as [string, number]] };
  const intent = { nonce: 7, attempts: [{ hash: HASH, serialized: '0x02f8' as const }], purpose };
  const envelope = Uint8Array.of(1, 2, 3);
  const digest = new Uint8Array(32).fill(9);
  await store.write([placesPut(places), intentPut(intent), readingPut([DEVICE, 3], { digest, envelope })]);
  await store.close();
  store = GatewayStore.open(path);
  t.teardown(() => store.close());
  await store.identify(IDENTITY);
  t.deepEqual<unknown, unknown>([store.places, store.intent], [places, intent]);
  t.deepEqual(store.reading([DEVICE, 3]), { digest, envelope });
  await store.write([intentPut(undefined)]);
  t.is(store.intent, undefined);
});

test('readings come in the order of their numbers, and only those of the device', async t => {
  const store = GatewayStore.open(folder(t));
  t.teardown(() => store.close());
  const stored = { digest: new Uint8Array(32), envelope: new Uint8Array(1) };
  const keys: [string, number][] = [
    [DEVICE, 256],
    [DEVICE, 2],
    ['ac'.repeat(20), 3],
    [DEVICE, 10],
    [DEVICE, 1],
  ];
  await Promise.all(keys.map(key => store.write([readingPut(key, stored)])));
  t.deepEqual(
    [...store.readings(DEVICE, 1, 256)].map(({ key }) => key[1]),
    [2, 10, 256],
  );
});

test('of what was refused the last of each meter are kept', async t => {
  const store = GatewayStore.open(folder(t));
  t.teardown(() => store.close());
  for (let n = 0; n < 40; n++) await store.write([refusedPut(7n, n, 'fork', Uint8Array.of(n))]);
  const kept = [...store.refused()];
  t.is(kept.length, 32);
  t.deepEqual([...new Set(kept.map(({ m3terId, fault }) => `${m3terId} ${fault}`))], ['7 fork']);
  t.deepEqual(Math.max(...kept.map(({ payload }) => payload[0] as number)), 39);
});

test('a store that is closed, or another gateway’s, takes nothing', async t => {
  const path = folder(t);
  const store = GatewayStore.open(path);
  await store.identify(IDENTITY);
  const error = await t.throwsAsync(store.identify({ ...IDENTITY, chainId: 1 }), { instanceOf: Failure });
  t.is(error?.message, 'state: expected that of chainId 1, got one of 100');
  await store.close();
  await t.throwsAsync(store.write([placesPut([])]), { message: /expected to be open, got closed/ });
  t.truthy(store.failure);
  t.throws(() => GatewayStore.open('/dev/null/x'), {
    message: /^\/dev\/null\/x: expected a directory to keep state in, got /,
  });
});
