import type { MilliwattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { INITIAL_MEMORY, type SupplyMemory } from '../../../firmware/ledger/supply-memory';
import type { TariffSetting } from '../../../firmware/ledger/tariff-setting';
import type { EmulatedFlash } from '../../../hosts/mock/flash';

/** What a ledger says of itself, to compare. */
type Summary = Readonly<
  Record<'imported' | 'debited' | 'credited' | 'withdrawn' | 'acknowledged' | 'order' | 'policy', number>
> & {
  readonly debitRemainder: number;
  readonly calibration: number;
  readonly phases: readonly (readonly [number, number])[];
  readonly tariffs: readonly TariffSetting[];
  readonly memory: SupplyMemory;
  readonly profile: readonly number[];
};

/** What is known to be on flash, and what may be there instead. */
export interface Knowledge {
  durable: Summary;
  attempted: Summary;
}

type Act = (ledger: Ledger) => void;

const mWh = (count: number) => count as MilliwattHours;
const NOTHING: Summary = {
  ...{ imported: 0, debited: 0, credited: 0, withdrawn: 0, acknowledged: 0 },
  ...{ debitRemainder: 0, order: 0, policy: 0, calibration: 0, phases: [] },
  ...{ tariffs: [], memory: INITIAL_MEMORY, profile: [] },
};

export function nothingKnown(): Knowledge {
  return { durable: NOTHING, attempted: NOTHING };
}

/** What a region holds that another firmware has written, by a copy of it. */
export function knownOf(copy: EmulatedFlash): Knowledge {
  const durable = summary(open(copy));
  return { durable, attempted: durable };
}

function summary(ledger: Ledger): Summary {
  const { registers, phases, settings, acknowledged } = ledger;
  const { imported, debited, credited, withdrawn, debitRemainder } = registers;
  return {
    ...{ imported, debited, credited, withdrawn, acknowledged, debitRemainder },
    order: settings.order.version,
    policy: settings.policy.version,
    calibration: settings.calibration[31] as number,
    phases: phases.map(phase => [phase.imported, phase.exported]),
    tariffs: ledger.tariffs,
    memory: ledger.supplyMemory,
    profile: [...ledger.profile],
  };
}

function open(region: EmulatedFlash): Ledger {
  const ledger = Ledger.open(region);
  if (!ledger.ok) throw new Error(`expected a ledger, got ${ledger.fault}`);
  return ledger.value;
}

/** After an act that returned, the ledger's view is what must be on flash. */
function perform(ledger: Ledger, knowledge: Knowledge, expected: Partial<Summary>, act: Act): void {
  knowledge.attempted = { ...knowledge.durable, ...expected };
  act(ledger);
  knowledge.durable = knowledge.attempted;
}

/** Old or new, nothing between, and the same from then on. */
export function boot(region: EmulatedFlash, knowledge: Knowledge): Ledger {
  const ledger = open(region);
  const found = JSON.stringify(summary(ledger));
  const allowed = [knowledge.durable, knowledge.attempted].map(known => JSON.stringify(known));
  if (!allowed.includes(found)) throw new Error(`expected ${allowed.join(' or ')}, got ${found}`);
  knowledge.durable = summary(ledger);
  knowledge.attempted = knowledge.durable;
  return ledger;
}

export function consume(ledger: Ledger, knowledge: Knowledge, energy: number): void {
  const imported = knowledge.durable.imported + energy;
  const debited = knowledge.durable.debited + energy;
  perform(ledger, knowledge, { imported, debited }, () => {
    ledger.consume(mWh(energy), mWh(0), 0);
    if (!ledger.save()) throw new Error('the flash failed');
  });
}

export function credit(ledger: Ledger, knowledge: Knowledge, more: number, withdrawn: number): void {
  const next = {
    credited: knowledge.durable.credited + more,
    withdrawn: knowledge.durable.withdrawn + withdrawn,
  };
  perform(ledger, knowledge, next, () => {
    if (!ledger.credit(mWh(next.credited), mWh(next.withdrawn)).ok) throw new Error('the credit was refused');
  });
}

export function order(ledger: Ledger, knowledge: Knowledge): void {
  const version = knowledge.durable.order + 1;
  perform(ledger, knowledge, { order: version }, () => {
    if (!ledger.update({ order: { version, state: 1, powerLimit: 0, until: 0 } }))
      throw new Error('not kept');
  });
}

export function consumePhases(ledger: Ledger, knowledge: Knowledge, energy: number): void {
  const imported = knowledge.durable.imported + energy;
  const debited = knowledge.durable.debited + energy;
  const flows = [
    [energy, 0],
    [energy + 1, 0],
    [0, energy + 1],
  ] as const;
  const phases = flows.map(([taken, given], p) => {
    const [before = 0, beforeGiven = 0] = knowledge.durable.phases[p] ?? [];
    return [before + taken, beforeGiven + given] as const;
  });
  perform(ledger, knowledge, { imported, debited, phases }, () => {
    ledger.consumePhases(flows.map(([taken, given]) => ({ imported: mWh(taken), exported: mWh(given) })));
    ledger.consume(mWh(energy), mWh(0), 0);
    if (!ledger.save()) throw new Error('the flash failed');
  });
}

/** Leaves a part of a mWh, and so changes the format of the counters. */
export function consumeWeighed(ledger: Ledger, knowledge: Knowledge, energy: number): void {
  const { imported, debited, debitRemainder } = knowledge.durable;
  const thousandths = debitRemainder + 1337 * energy;
  const after = {
    imported: imported + energy,
    debited: debited + Math.floor(thousandths / 1000),
    debitRemainder: thousandths % 1000,
  };
  perform(ledger, knowledge, after, () => {
    ledger.consume(mWh(energy), mWh(0), 0, 1337);
    if (!ledger.save()) throw new Error('the flash failed');
  });
}

export function changeTariffs(ledger: Ledger, knowledge: Knowledge): void {
  const version = (knowledge.durable.tariffs.at(-1)?.version ?? 0) + 1;
  const band = { fromMinute: version, toMinute: version + 1, days: 127, factor: version };
  const tariff = { version, validFrom: 0, feedInFactor: version, bands: new Array(version % 4).fill(band) };
  const tariffs = [...knowledge.durable.tariffs.slice(-1), tariff];
  perform(ledger, knowledge, { tariffs }, () => {
    if (!ledger.setTariffs(tariffs)) throw new Error('not kept');
  });
}

export function remember(ledger: Ledger, knowledge: Knowledge): void {
  const { switchings } = knowledge.durable.memory;
  const change = { switchings: switchings + 1, isTampered: switchings % 3 === 0 };
  perform(ledger, knowledge, { memory: { ...knowledge.durable.memory, ...change } }, () => {
    if (!ledger.remember(change)) throw new Error('not kept');
  });
}

export function keepProfile(ledger: Ledger, knowledge: Knowledge): void {
  const profile = new Array(30).fill(((knowledge.durable.profile[0] ?? 0) + 1) % 256);
  perform(ledger, knowledge, { profile }, () => {
    if (!ledger.keepProfile(Uint8Array.from(profile))) throw new Error('not kept');
  });
}

/** The two that change the format of the settings. */
export function unseal(ledger: Ledger, knowledge: Knowledge): void {
  const version = knowledge.durable.policy + 1;
  perform(ledger, knowledge, { policy: version }, () => {
    if (!ledger.update({ policy: { ...INITIAL_POLICY, version, sealed: 0 } })) throw new Error('not kept');
  });
  const calibration = (knowledge.durable.calibration + 1) & 0xff;
  perform(ledger, knowledge, { calibration }, () => {
    if (!ledger.update({ calibration: new Uint8Array(32).fill(calibration) })) throw new Error('not kept');
  });
}
