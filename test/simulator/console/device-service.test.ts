import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { deviceEui } from '../../../simulator/console/device-directory';
import { type EnqueueClient, enqueue, enqueueClient } from '../../support/console-stand-in';
import { until } from '../../support/session';
import { type BridgeRig, bridgeRig } from './bridge-rig';

const TOKEN = 'a long secret';
const DEVICE = deviceEui(100, 7n);
const ANSWER = new Uint8Array(9).fill(1);

interface Scene {
  readonly rig: BridgeRig;
  readonly client: EnqueueClient;
  readonly answers: readonly string[];
}

/** A bridge to which the meter 7 has spoken, and a client of its gRPC API. */
async function scene(t: ExecutionContext, apiToken?: string): Promise<Scene> {
  const rig = await bridgeRig(t, apiToken === undefined ? {} : { apiToken });
  const meter = await rig.meter(7);
  await meter.say(0, 0, true);
  await until('the meter is known', () => rig.reports.length === 1);
  const client = enqueueClient(rig.bridge.grpcPort);
  t.teardown(() => client.close());
  return { rig, client, answers: meter.answers };
}

/** Sends these bytes as they are. @returns the code of the status */
function call(client: Client, method: string, request: Uint8Array): Promise<number> {
  const bytes = (value: Uint8Array) => Buffer.from(value);
  return new Promise(resolve => {
    const done = (error: ServiceError | null) => resolve(error?.code ?? status.OK);
    client.makeUnaryRequest(`/api.DeviceService/${method}`, bytes, bytes, request, new Metadata(), {}, done);
  });
}

test('what is no answer to a meter is refused with the code that says so, and reaches nobody', async t => {
  const { rig, client, answers } = await scene(t);
  const cases = [
    [{ data: ANSWER }, status.NOT_FOUND],
    [{ devEui: '', data: ANSWER }, status.NOT_FOUND],
    [{ devEui: deviceEui(100, 8n), data: ANSWER }, status.NOT_FOUND],
    [{ devEui: `${DEVICE}00`, data: ANSWER }, status.NOT_FOUND],
    [{ devEui: '__proto__', data: ANSWER }, status.NOT_FOUND],
    [{ devEui: DEVICE, data: ANSWER, fPort: 0 }, status.INVALID_ARGUMENT],
    [{ devEui: DEVICE, data: ANSWER, fPort: 1 }, status.INVALID_ARGUMENT],
    [{ devEui: DEVICE, data: ANSWER, fPort: 2 ** 32 - 1 }, status.INVALID_ARGUMENT],
    [{ devEui: DEVICE }, status.INVALID_ARGUMENT],
  ] as const;
  for (const [item, code] of cases) t.is(await enqueue(client, item), code);
  for (let length = 0; length < 20; length++) {
    if (length === 9 || length === 13) continue;
    t.is(await enqueue(client, { devEui: DEVICE, data: new Uint8Array(length) }), status.INVALID_ARGUMENT);
  }
  t.is(await enqueue(client, { devEui: DEVICE, data: new Uint8Array(5000) }), status.RESOURCE_EXHAUSTED);
  t.is(answers.length, 0);
  t.false(rig.reports.some(({ what }) => what === 'answer'));
});

test('an answer of either length goes to the meter, whose devEui may be written in capitals', async t => {
  const { client, answers } = await scene(t);
  for (const [devEui, length] of [
    [DEVICE, 9],
    [DEVICE.toUpperCase(), 13],
  ] as const)
    t.regex(
      `${await enqueue(client, { devEui, data: new Uint8Array(length).fill(length) })}`,
      /^[0-9a-f-]{36}$/,
    );
  await until('both have come', () => answers.length === 2);
  t.deepEqual(answers, ['09'.repeat(9), '0d'.repeat(13)]);
});

test('with an API token nobody enqueues anything without it', async t => {
  const { rig, client, answers } = await scene(t, TOKEN);
  const item = { devEui: DEVICE, data: ANSWER };
  t.is(await enqueue(client, item), status.UNAUTHENTICATED);
  for (const token of ['', 'a long secre', 'a long secret ', 'A long secret', `${TOKEN}x`, 'another secre'])
    t.is(await enqueue(client, { ...item, token }), status.UNAUTHENTICATED);
  t.is(rig.reports.length, 1);
  t.is(typeof (await enqueue(client, { ...item, token: TOKEN })), 'string');
  await until('it has come', () => answers.length === 1);
});

test('the other methods of ChirpStack are not implemented', async t => {
  const { rig } = await scene(t);
  const client = new Client(`127.0.0.1:${rig.bridge.grpcPort}`, credentials.createInsecure());
  t.teardown(() => client.close());
  for (const method of ['Create', 'Get', 'Delete', 'FlushQueue', 'GetQueue', 'enqueue', ''])
    t.is(await call(client, method, new Uint8Array()), status.UNIMPLEMENTED);
});

test('no bytes in place of a request bring the bridge down', async t => {
  const { rig, client, answers } = await scene(t);
  const raw = new Client(`127.0.0.1:${rig.bridge.grpcPort}`, credentials.createInsecure());
  t.teardown(() => raw.close());
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      t.not(await call(raw, 'Enqueue', bytes), status.OK);
    }),
    { numRuns: 100 },
  );
  t.is(typeof (await enqueue(client, { devEui: DEVICE, data: ANSWER })), 'string');
  await until('it has come', () => answers.length === 1);
});
