import test from 'ava';
import { MAX_ENERGY } from '../../firmware/energy';
import { INITIAL_POLICY, type PolicySetting } from '../../firmware/ledger/policy';
import { OPERATOR, OWNER, QUARTER } from '../support/meter-rig';
import { type Attack, attack, CREDITED, LOOT, NIGHT, POLICY, Siege, TARIFF } from './attack';
import { ACKNOWLEDGEMENT, bignum, CREDIT, envelope, head, MAJOR, ORDER, signWords, uint } from './forge';

const WRAPS = [8n, 16n, 32n, 53n, 64n];

/** Any whole number, as CBOR has it. */
function integer(value: bigint): Uint8Array {
  if (value >= 2n ** 64n) return bignum(...Buffer.from(value.toString(16).padStart(18, '0'), 'hex'));
  return value < 0n ? head(MAJOR.negative, -1n - value) : uint(value);
}

/** A message of these numbers by the operator, whose signature is of them, and of what they come to in fewer bits. */
function message(type: string, numbers: readonly bigint[]): Uint8Array[] {
  const signed = [numbers, ...WRAPS.map(bits => numbers.map(number => BigInt.asUintN(Number(bits), number)))];
  return signed.map(words => envelope(signWords(OPERATOR, type, words), ...numbers.map(integer)));
}

function credit(credited: bigint, withdrawn = 0n): Pick<Attack, 'on' | 'make'> {
  return { on: 'credit', make: () => message(CREDIT, [7n, credited, withdrawn]) };
}

function order(version: bigint, state: bigint, powerLimit = 0n, until = 0n): Pick<Attack, 'on' | 'make'> {
  return { on: 'supply', make: () => message(ORDER, [7n, version, state, powerLimit, until]) };
}

for (const credited of [-1n, -(2n ** 53n), -(2n ** 64n)])
  attack(`a credit of ${credited} mWh`, { ...credit(credited), refused: 'malformed' });
for (const [name, credited] of Object.entries({
  '2⁵³': 2n ** 53n,
  '2⁵³ + 1': 2n ** 53n + 1n,
  '2⁶³': 2n ** 63n,
  '2⁶⁴ − 1': 2n ** 64n - 1n,
  '2⁶⁴': 2n ** 64n,
  '2⁶⁴, and what the attacker would like': 2n ** 64n + BigInt(LOOT),
  '2²⁵⁵': 2n ** 255n,
}))
  attack(`a credit of ${name} mWh`, { ...credit(credited), refused: 'malformed' });
attack('a withdrawal below zero', { ...credit(BigInt(CREDITED), -1n), refused: 'malformed' });

attack('a credit of more than a register holds', {
  on: 'credit',
  refused: 'out-of-range',
  make: rig =>
    [2 ** 48, 2 ** 52, Number.MAX_SAFE_INTEGER].map(credited =>
      rig.directive('credit', { credited, withdrawn: 0 }),
    ),
});

attack('a withdrawal of more than a register holds', {
  on: 'credit',
  refused: 'out-of-range',
  make: rig => rig.directive('credit', { credited: CREDITED, withdrawn: MAX_ENERGY + 1 }),
});

attack('more withdrawn than was ever credited', {
  on: 'credit',
  refused: 'impossible',
  make: rig => [
    rig.directive('credit', { credited: CREDITED, withdrawn: CREDITED + 1 }),
    rig.directive('credit', { credited: 0, withdrawn: MAX_ENERGY }, OWNER),
    rig.directive('credit', { credited: LOOT, withdrawn: LOOT + 1 }),
  ],
});

for (const state of [256n, 257n])
  attack(`an order of state ${state}`, { ...order(99n, state), refused: 'malformed' });
attack('an order of a state that there is not', {
  on: 'supply',
  refused: 'out-of-range',
  make: rig =>
    [2, 255].map(state => rig.directive('supply', { version: 99, state, powerLimit: 0, until: 0 })),
});
attack('an order whose version comes round to a newer one', {
  ...order(2n ** 32n + 99n, 0n),
  refused: 'malformed',
});
attack('an order with a power limit of 2³² W', { ...order(99n, 0n, 2n ** 32n), refused: 'malformed' });
attack('an order until after the end of time', {
  ...order(99n, 0n, 0n, 2n ** 64n - 1n),
  refused: 'malformed',
});
attack('an order of a version below zero', { ...order(-1n, 0n), refused: 'malformed' });

attack('an acknowledgement of a reading that was never made', {
  on: 'acknowledged',
  refused: 'impossible',
  make: rig =>
    [rig.meter.lastReading + 1, 2 ** 32 - 1].map(sequence => rig.directive('acknowledged', { sequence })),
});

attack('an acknowledgement beyond 32 bits', {
  on: 'acknowledged',
  refused: 'out-of-range',
  make: rig =>
    [2 ** 32, 2 ** 32 + 3, Number.MAX_SAFE_INTEGER].map(sequence =>
      rig.directive('acknowledged', { sequence }),
    ),
});

attack('an acknowledgement beyond 2⁵³, or below zero', {
  on: 'acknowledged',
  refused: 'malformed',
  make: () =>
    [2n ** 53n, 2n ** 64n - 1n, 2n ** 64n + 3n, -1n].flatMap(sequence =>
      message(ACKNOWLEDGEMENT, [7n, sequence]),
    ),
});

const BANDS: Readonly<Record<string, object>> = {
  'that ends before it begins': { fromMinute: 360, toMinute: 0 },
  'of no length': { fromMinute: 360, toMinute: 360 },
  'beyond the end of the day': { toMinute: 1441 },
  'far beyond the end of the day': { fromMinute: 65_534, toMinute: 65_535 },
  'of no day': { days: 0 },
  'of an eighth day of the week': { days: 128 },
};
for (const [name, change] of Object.entries(BANDS))
  attack(`a tariff with a band ${name}`, {
    on: 'tariff',
    refused: 'out-of-range',
    make: rig => rig.directive('tariff', { ...TARIFF, version: 99, bands: [NIGHT, { ...NIGHT, ...change }] }),
  });

attack('a tariff of seventeen bands', {
  on: 'tariff',
  refused: 'out-of-range',
  make: rig => rig.directive('tariff', { ...TARIFF, version: 99, bands: new Array(17).fill(NIGHT) }),
});

/** Beyond what each field of a policy may say, as far as its type can say it. */
const WRONG_POLICIES: Readonly<Record<keyof Omit<PolicySetting, 'version'>, readonly number[]>> = {
  sealed: [2, 255],
  nominalVoltage: [0, 99, 501],
  sag: [0, 50, 1000],
  swell: [0, 1000, 2001],
  interruption: [0, 880, 65_535],
  overvoltage: [1, 1000, 2001],
  undervoltage: [1000, 65_535],
  minimumOff: [3601, 65_535],
  reconnectSpread: [3601, 65_535],
  lowBalance: [99, 1_000_001, 2 ** 32 - 1],
  criticalBalance: [501, 2 ** 32 - 1],
  emergencyCredit: [1_000_001, 2 ** 32 - 1],
  debtLimit: [1_000_001, 2 ** 32 - 1],
  armBeforeReconnect: [2, 255],
  friendlyFrom: [1440, 65_535],
  friendlyTo: [1440, 65_535],
  friendlyDays: [128, 255],
  loadTolerance: [0, 29, 3601],
  loadPause: [0, 9, 3601],
  loadRetries: [101, 255],
  reducedLoad: [100_001, 2 ** 32 - 1],
  cutOnTamper: [2, 255],
  unknownTime: [2, 255],
  utcOffset: [1561, 65_535],
  readingInterval: [0, 59, 3601],
  telemetryInterval: [0, 9, 3601],
  trustConsole: [4, 255],
  payloadInterval: [1, 59, 86_401],
  homeAssistant: [2, 255],
};
for (const [name, values] of Object.entries(WRONG_POLICIES))
  attack(`a policy whose ${name} is out of range`, {
    on: 'policy',
    refused: 'out-of-range',
    make: rig =>
      values.map(value => rig.directive('policy', { ...POLICY, version: 99, [name]: value }, OWNER)),
  });

test('every field of a policy is tried', t => {
  const { version: _version, ...fields } = INITIAL_POLICY;
  t.deepEqual(Object.keys(WRONG_POLICIES), Object.keys(fields));
});

test('a tariff for a far future changes nothing of today, also when its sender thinks better of it', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const use = async () => {
    const before = { ...rig.meter.registers };
    rig.draw(3600, 250_000);
    await rig.pass(250_000);
    return (rig.meter.registers?.debited ?? 0) - (before.debited ?? 0);
  };
  const today = await use();
  t.true(today > 0);
  const bands = [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 0 }];
  for (const [version, validFrom] of [
    [98, QUARTER + 3_000_000_000],
    [99, Number.MAX_SAFE_INTEGER],
  ] as const) {
    await rig.instruct('tariff', { version, validFrom, feedInFactor: 65_535, bands });
    t.is(await use(), today);
  }
  t.deepEqual(siege.refused(), {});
  await siege.assertObedient(t);
});
