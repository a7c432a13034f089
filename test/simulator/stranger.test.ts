import test from 'ava';
import { Decoder } from 'cbor-x';
import { type Address, getAddress, type Hex, recoverTypedDataAddress, toHex } from 'viem';
import { Simulation, START_TIME } from '../../simulator/simulation';

/*
 * Someone who has never seen this code: knows the topics, the signed type and the order of its fields from the
 * README, and has viem and a CBOR decoder.
 */

const TYPES = {
  Reading: [
    { name: 'm3terId', type: 'uint256' },
    { name: 'sequence', type: 'uint64' },
    { name: 'timestamp', type: 'uint64' },
    { name: 'imported', type: 'uint64' },
    { name: 'exported', type: 'uint64' },
    { name: 'debited', type: 'uint64' },
    { name: 'credited', type: 'uint64' },
    { name: 'withdrawn', type: 'uint64' },
    { name: 'feedIn', type: 'uint64' },
    { name: 'status', type: 'uint32' },
    { name: 'telemetry', type: 'bytes32' },
    { name: 'previous', type: 'bytes32' },
  ],
} as const;
const LINK = {
  Link: [
    { name: 'm3terId', type: 'uint256' },
    { name: 'device', type: 'address' },
  ],
} as const;
const DOMAIN = {
  name: 'M3ter',
  version: '1',
  chainId: 31337,
  verifyingContract: '0x00112233445566778899aabbccddeeff00112233',
} as const;

type Fields = Record<(typeof TYPES.Reading)[number]['name'], bigint | Hex>;

const decoder = new Decoder({ mapsAsObjects: false });

function decode(payload: Uint8Array, names: readonly { readonly name: string }[]) {
  const map = decoder.decode(payload) as Map<number, unknown>;
  const plain = (value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : BigInt(value as number | bigint);
  const message = Object.fromEntries(names.map(({ name }, k) => [name, plain(map.get(k + 1))]));
  return { message: message as Fields, signature: toHex(map.get(0) as Uint8Array) };
}

function signerOf(message: Fields, signature: Hex): Promise<Address> {
  const typed = message as unknown as Parameters<typeof recoverTypedDataAddress>[0]['message'];
  return recoverTypedDataAddress({
    domain: DOMAIN,
    types: TYPES,
    primaryType: 'Reading',
    message: typed as never,
    signature,
  });
}

/** What a client of the broker hears of a meter's first hours. */
async function listen(): Promise<{ readings: Uint8Array[]; link: Uint8Array }> {
  const simulation = await Simulation.open({
    seed: 3,
    meters: 1,
    chain: 'none',
    fidelity: 'phasor',
    feedsGrid: true,
    topUps: false,
  });
  const client = simulation.broker.client('stranger');
  const readings: Uint8Array[] = [];
  let link = new Uint8Array();
  client.on('message', (topic, payload) => {
    if (topic === 'm3ter/31337/1/reading') readings.push(new Uint8Array(payload));
    if (topic === 'm3ter/31337/1/link') link = new Uint8Array(payload);
  });
  await client.subscribeAsync('m3ter/31337/1/+', { qos: 1 });
  await simulation.runUntil(START_TIME + 6 * 3600);
  await client.endAsync();
  await simulation.close();
  return { readings, link };
}

test('a stranger with viem verifies every reading that leaves the broker, and no changed one', async t => {
  const { readings, link } = await listen();
  const claim = decode(link, LINK.Link);
  const device = getAddress(claim.message['device' as keyof Fields] as Hex);
  const linkSigner = await recoverTypedDataAddress({
    domain: DOMAIN,
    types: LINK,
    primaryType: 'Link',
    message: { m3terId: 1n, device },
    signature: claim.signature,
  });
  t.is(linkSigner, device, 'the device itself says that it is this M3ter');
  t.true(readings.length > 20);
  for (const payload of readings) {
    const { message, signature } = decode(payload, TYPES.Reading);
    t.is(await signerOf(message, signature), device);
  }
  const last = readings.at(-1) as Uint8Array;
  const { message, signature } = decode(last, TYPES.Reading);
  for (const { name } of TYPES.Reading) {
    const value = message[name];
    const changed =
      typeof value === 'bigint' ? value + 1n : (`${value.slice(0, -1)}${value.endsWith('0') ? 1 : 0}` as Hex);
    t.not(await signerOf({ ...message, [name]: changed }, signature), device, `${name} changed`);
  }
});
