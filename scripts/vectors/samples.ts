import type { AnyMessage, FieldType, StructType } from '../../firmware/attest/struct-type';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { MOST_BANDS } from '../../firmware/ledger/tariff-setting';

/** A message that is worth a vector, and why. */
export interface Sample {
  readonly what: string;
  readonly message: AnyMessage;
}

const M3TER_ID = 7n;
const TIME = 1_800_000_000;
/** No integer of 64 bits holds it: on the wire it is a bignum. */
const LONG_ID = 2n ** 64n + 7n;
const BAND = { fromMinute: 17 * 60, toMinute: 21 * 60, days: 0b0011111, factor: 1800 };

/** What a meter and those around it say on any day, by the name of the type. */
const ORDINARY: { readonly [type: string]: AnyMessage } = {
  Reading: {
    m3terId: M3TER_ID,
    sequence: 96,
    timestamp: TIME,
    imported: 12_345_678,
    exported: 2_000_000,
    debited: 13_000_000,
    credited: 20_000_000,
    withdrawn: 1_000_000,
    feedIn: 1_500_000,
    status: 1,
    telemetry: sequentialBytes(32, 0x40),
    previous: sequentialBytes(32, 0x80),
  },
  Event: {
    m3terId: M3TER_ID,
    sequence: 3,
    timestamp: TIME,
    code: 13,
    detail: sequentialBytes(32, 0x20),
    previous: sequentialBytes(32, 0x80),
  },
  Link: { m3terId: M3TER_ID, device: sequentialBytes(20, 0x10) },
  Login: {
    m3terId: M3TER_ID,
    device: sequentialBytes(20, 0x10),
    broker: 'broker.example.org',
    day: Math.floor(TIME / 86_400),
  },
  Credit: { m3terId: M3TER_ID, credited: 20_000_000, withdrawn: 1_000_000 },
  Tariff: { m3terId: M3TER_ID, version: 2, validFrom: TIME, feedInFactor: 400, bands: [BAND] },
  SupplyOrder: { m3terId: M3TER_ID, version: 5, state: 1, powerLimit: 2300, until: TIME + 3600 },
  Policy: { m3terId: M3TER_ID, ...INITIAL_POLICY, version: 1 },
  Roles: {
    m3terId: M3TER_ID,
    version: 2,
    owner: sequentialBytes(20, 0x10),
    operator: sequentialBytes(20, 0x30),
  },
  FactoryReset: { m3terId: M3TER_ID, version: 3 },
  Acknowledgement: { m3terId: M3TER_ID, sequence: 96 },
  FirmwareRelease: {
    m3terId: M3TER_ID,
    version: 7,
    hash: sequentialBytes(32, 0x60),
    url: 'https://example.org/m3ter/7.bin?board=esp32#~',
  },
};

/** @throws Error when there is no ordinary message of the type */
export function samplesOf(type: StructType): readonly Sample[] {
  const ordinary = ORDINARY[type.name];
  if (ordinary === undefined) throw new Error(`${type.name}: expected an ordinary message of it`);
  return [
    { what: 'an ordinary message', message: ordinary },
    { what: 'every field zero, every list and text empty', message: filled(type, zero) },
    { what: 'every field as large as a meter takes it', message: filled(type, largest) },
    { what: 'an m3terId just beyond 64 bits', message: { ...ordinary, m3terId: LONG_ID } },
    { what: 'the largest m3terId of 64 bits', message: { ...ordinary, m3terId: 2n ** 64n - 1n } },
  ];
}

function filled(type: StructType, valueFor: (type: FieldType) => unknown): AnyMessage {
  const fields = Object.entries(type.fields);
  return Object.fromEntries(fields.map(([name, fieldType]) => [name, valueFor(fieldType)]));
}

function zero(type: FieldType): unknown {
  if (typeof type !== 'string') return [];
  if (type === 'string') return '';
  if (type === 'address') return new Uint8Array(20);
  if (type === 'bytes32') return new Uint8Array(32);
  return type === 'uint256' ? 0n : 0;
}

function largest(type: FieldType): unknown {
  if (typeof type !== 'string') return new Array(MOST_BANDS).fill(filled(type[0], largest));
  if (type === 'string') return '~'.repeat(256);
  if (type === 'address') return new Uint8Array(20).fill(0xff);
  if (type === 'bytes32') return new Uint8Array(32).fill(0xff);
  if (type === 'uint256') return 2n ** 256n - 1n;
  return Math.min(2 ** Number(type.slice('uint'.length)) - 1, Number.MAX_SAFE_INTEGER);
}

/** Bytes that tell where they stand. */
function sequentialBytes(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, k) => first + k);
}
