import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { domainSeparator } from 'viem';
import { decodeCbor } from '../../firmware/attest/cbor';
import { encodePayloadV2 } from '../../firmware/attest/m3tering-v2';
import { readStatus } from '../../firmware/attest/status';
import { encodeTelemetry } from '../../firmware/attest/telemetry';
import { DIRECTIVES } from '../../firmware/directives/directive';
import { milliwattHours } from '../../firmware/energy';
import { codesIn, folderFor, readDocument, runSteps, snippet, stepsOf, tableOf } from './document';

const REGISTRY = '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02';
const DOCUMENT = readDocument('wire-protocol.md');

interface Snippet {
  readAcknowledgement(payload: Uint8Array, chainId: number, registry: string): Promise<unknown>;
}

function vectors(name: string) {
  return JSON.parse(readFileSync(`test/vectors/${name}.json`, 'utf8'));
}

test('the commands of docs/wire-protocol.md print what it says', async t => {
  const folder = folderFor(t);
  const { cbor } = vectors('Reading').vectors[0];
  writeFileSync(join(folder, 'readings.txt'), `m3ter/100/7/reading ${cbor.slice(2)}\n`);
  await runSteps(t, folder, stepsOf(DOCUMENT));
});

test('the documented bytes are those of the vector', t => {
  const bytes = tableOf(DOCUMENT, 'On the wire').map(([cell = '']) => cell.replace(/[` ]/g, ''));
  t.is(`0x${bytes.join('')}`, vectors('Acknowledgement').vectors[0].cbor);
});

test('the documented peer reads the vector', async t => {
  const { readAcknowledgement } = await snippet<Snippet>(DOCUMENT, 'wire-protocol');
  const { cbor, domain, message, address } = vectors('Acknowledgement').vectors[0];
  const read = await readAcknowledgement(Buffer.from(cbor.slice(2), 'hex'), 100, domain.verifyingContract);
  t.deepEqual(read, {
    m3terId: BigInt(message.m3terId),
    sequence: BigInt(message.sequence),
    signer: address,
  });
});

test('the documented types and who signs them are those of the firmware', t => {
  const rows = tableOf(DOCUMENT, 'Signatures').map(([type = '', by = '']) => [codesIn(type)[0], by]);
  const documented = new Map(rows as [string, string][]);
  for (const { type, signers } of Object.values(DIRECTIVES))
    t.is(documented.get(vectors(type.name).typeString), signers.join(', '), type.name);
  for (const name of ['Reading', 'Event', 'Link', 'Login'])
    t.regex(documented.get(vectors(name).typeString) ?? '', /^device/, name);
  const domain = { name: 'M3ter', version: '1', chainId: 100, verifyingContract: REGISTRY } as const;
  t.true(DOCUMENT.includes(domainSeparator({ domain })));
});

test('every directive has its topic in the table', t => {
  const streams = tableOf(DOCUMENT, 'MQTT').flatMap(([cell = '']) => codesIn(cell));
  for (const stream of Object.keys(DIRECTIVES)) t.true(streams.includes(stream), stream);
});

test('the bits of a status are those of the firmware', t => {
  for (const [bit, flag] of tableOf(DOCUMENT, 'Readings')) {
    const status: Readonly<Record<string, unknown>> = readStatus(1 << Number(bit));
    t.true(status[(flag as string).replaceAll('`', '')], flag);
  }
});

test('the keys of telemetry are those that the firmware writes', t => {
  const phase = {
    voltage: 230,
    current: 1,
    activePower: 230,
    reactivePower: 0,
    apparentPower: 230,
    powerFactor: 1,
  };
  const measurement = { phases: [phase, phase, phase], frequency: 50, duration: 200_000 };
  const energy = milliwattHours(1);
  const bytes = encodeTelemetry(1, 2, measurement, {
    distortions: measurement.phases.map(() => ({ voltage: 0.01, current: 0.02 })),
    registers: measurement.phases.map(() => ({ imported: energy, exported: energy })),
    forecast: { hoursLeft: 1, early: 1, late: 2, dayUse: energy, dayUseError: energy },
  });
  const written = [...(decodeCbor(bytes, 1000) as Map<number, unknown>).keys()];
  const documented = tableOf(DOCUMENT, 'Telemetry').flatMap(([key = '']) => {
    const [, first, step] = /^(\d+)(?: \+ (\d)p)?$/.exec(key) ?? [];
    return step === undefined ? [Number(first)] : [0, 1, 2].map(p => Number(first) + p * Number(step));
  });
  t.deepEqual(
    documented.toSorted((a, b) => a - b),
    written,
  );
});

test('the fields of a payload v2 lie where the table says', t => {
  const rows = tableOf(DOCUMENT, 'M3tering payload v2').map(([offset, length]) => [
    Number(offset),
    Number(length),
  ]);
  let end = 0;
  for (const [offset = 0, length = 0] of rows) {
    t.is(offset, end);
    end += length;
  }
  const signature = new Uint8Array(64);
  const publicKey = new Uint8Array(32);
  const payload = { nonce: 1, energy: milliwattHours(2), signature, voltage: 230, publicKey };
  t.is(encodePayloadV2({ ...payload, longitude: 1, latitude: 2 }).length, end);
});
