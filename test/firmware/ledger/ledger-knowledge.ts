import type { MilliwattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import type { EmulatedFlash } from '../../../hosts/mock/flash';

/** What a ledger says of itself, to compare. */
type Summary = Readonly<
  Record<'imported' | 'debited' | 'credited' | 'withdrawn' | 'acknowledged' | 'order' | 'policy', number>
> & { readonly calibration: number; readonly phases: readonly (readonly [number, number])[] };

/** What is known to be on flash, and what may be there instead. */
export interface Knowledge {
  durable: Summary;
  attempted: Summary;
}

type Act = (ledger: Ledger) => void;

const mWh = (count: number) => count as MilliwattHours;
const NOTHING: Summary = {
  ...{ imported: 0, debited: 0, credited: 0, withdrawn: 0, acknowledged: 0 },
  ...{ order: 0, policy: 0, calibration: 0, phases: [] },
};

export function nothingKnown(): Knowledge {
  return { durable: NOTHING, attempted: NOTHING };
}

function summary({ registers, phases, settings, acknowledged }: Ledger): Summary {
  const { imported, debited, credited, withdrawn } = registers;
  return {
    ...{ imported, debited, credited, withdrawn, acknowledged },
    order: settings.order.version,
    policy: settings.policy.version,
    calibration: settings.calibration[31] as number,
    phases: phases.map(phase => [phase.imported, phase.exported]),
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
  perform(ledger, knowledge, { imported, debited: imported }, () => {
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
  const flows = [
    [energy, 0],
    [energy + 1, 0],
    [0, energy + 1],
  ] as const;
  const phases = flows.map(([taken, given], p) => {
    const [before = 0, beforeGiven = 0] = knowledge.durable.phases[p] ?? [];
    return [before + taken, beforeGiven + given] as const;
  });
  perform(ledger, knowledge, { imported, debited: imported, phases }, () => {
    ledger.consumePhases(flows.map(([taken, given]) => ({ imported: mWh(taken), exported: mWh(given) })));
    ledger.consume(mWh(energy), mWh(0), 0);
    if (!ledger.save()) throw new Error('the flash failed');
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
