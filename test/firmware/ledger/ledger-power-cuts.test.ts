import test from 'ava';
import type { MilliwattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from './cuts';

/** What a ledger says of itself, to compare. */
type Summary = Readonly<
  Record<'imported' | 'debited' | 'credited' | 'withdrawn' | 'acknowledged' | 'order' | 'policy', number>
> & { readonly calibration: number; readonly phases: readonly (readonly [number, number])[] };

/** What is known to be on flash, and what may be there instead. */
interface Knowledge {
  durable: Summary;
  attempted: Summary;
}

type Act = (ledger: Ledger) => void;

const mWh = (count: number) => count as MilliwattHours;
const NOTHING: Summary = {
  ...{ imported: 0, debited: 0, credited: 0, withdrawn: 0, acknowledged: 0 },
  ...{ order: 0, policy: 0, calibration: 0, phases: [] },
};

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
function boot(region: EmulatedFlash, knowledge: Knowledge): Ledger {
  const ledger = open(region);
  const found = JSON.stringify(summary(ledger));
  const allowed = [knowledge.durable, knowledge.attempted].map(known => JSON.stringify(known));
  if (!allowed.includes(found)) throw new Error(`expected ${allowed.join(' or ')}, got ${found}`);
  knowledge.durable = summary(ledger);
  knowledge.attempted = knowledge.durable;
  return ledger;
}

function consume(ledger: Ledger, knowledge: Knowledge, energy: number): void {
  const imported = knowledge.durable.imported + energy;
  perform(ledger, knowledge, { imported, debited: imported }, () => {
    ledger.consume(mWh(energy), mWh(0), 0);
    if (!ledger.save()) throw new Error('the flash failed');
  });
}

function credit(ledger: Ledger, knowledge: Knowledge, more: number, withdrawn: number): void {
  const next = {
    credited: knowledge.durable.credited + more,
    withdrawn: knowledge.durable.withdrawn + withdrawn,
  };
  perform(ledger, knowledge, next, () => {
    if (!ledger.credit(mWh(next.credited), mWh(next.withdrawn)).ok) throw new Error('the credit was refused');
  });
}

function order(ledger: Ledger, knowledge: Knowledge): void {
  const version = knowledge.durable.order + 1;
  perform(ledger, knowledge, { order: version }, () => {
    if (!ledger.update({ order: { version, state: 1, powerLimit: 0, until: 0 } }))
      throw new Error('not kept');
  });
}

function consumePhases(ledger: Ledger, knowledge: Knowledge, energy: number): void {
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
function unseal(ledger: Ledger, knowledge: Knowledge): void {
  const version = knowledge.durable.policy + 1;
  perform(ledger, knowledge, { policy: version }, () => {
    if (!ledger.update({ policy: { ...INITIAL_POLICY, version, sealed: 0 } })) throw new Error('not kept');
  });
  const calibration = (knowledge.durable.calibration + 1) & 0xff;
  perform(ledger, knowledge, { calibration }, () => {
    if (!ledger.update({ calibration: new Uint8Array(32).fill(calibration) })) throw new Error('not kept');
  });
}

function scenario(seeds: number, act: (ledger: Ledger, knowledge: Knowledge) => void): Scenario<Knowledge> {
  return {
    size: 4 * 1024,
    sectorSize: 1024,
    seeds,
    prepare(region) {
      const knowledge = { durable: NOTHING, attempted: NOTHING };
      const ledger = boot(region, knowledge);
      credit(ledger, knowledge, 5000, 10);
      consume(ledger, knowledge, 300);
      return knowledge;
    },
    run(region, knowledge) {
      act(boot(region, knowledge), knowledge);
    },
    boot,
    finish(region, knowledge) {
      const ledger = boot(region, knowledge);
      consume(ledger, knowledge, 7);
      credit(ledger, knowledge, 11, 1);
      order(ledger, knowledge);
      for (let k = 0; k < 3; k++) boot(region, knowledge);
    },
  };
}

test('a first boot cut anywhere is a first boot again', t => {
  const prepare = () => ({ durable: NOTHING, attempted: NOTHING });
  const run = (region: EmulatedFlash, knowledge: Knowledge) => void boot(region, knowledge);
  atEveryCut(t, { ...scenario(60, () => undefined), prepare, run });
});

test('consumption that is saved is there or not, whole, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, (ledger, knowledge) => consume(ledger, knowledge, 25)),
  );
});

test('a credit is there or not, both its registers, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, (ledger, knowledge) => credit(ledger, knowledge, 1000, 200)),
  );
});

test('a setting is there or not after a cut anywhere', t => {
  atEveryCut(t, scenario(40, order));
});

test('what went through the phases is there or not, with the registers, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, (ledger, knowledge) => consumePhases(ledger, knowledge, 25)),
  );
});

test('a policy and a calibration are there or not, each whole, after a cut anywhere', t => {
  atEveryCut(t, scenario(40, unseal));
});

test('a sector that is rolled over loses nothing, wherever it is cut', t => {
  const act = (ledger: Ledger, knowledge: Knowledge) => {
    for (let k = 0; k < 20; k++) consume(ledger, knowledge, 1);
    for (let k = 0; k < 4; k++) order(ledger, knowledge);
    for (let k = 0; k < 4; k++) consumePhases(ledger, knowledge, 1);
    unseal(ledger, knowledge);
  };
  atEveryCut(t, scenario(6, act));
});

test('in storms of cuts, those within recovery too, no register goes back and nothing saved is lost', t => {
  let cuts = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed);
    const below = (limit: number) => Math.floor(prng.uniform() * limit);
    const size = (2 + below(2)) * 1024;
    const region = new EmulatedFlash({ size, sectorSize: 1024, prng: prng.fork('flash') });
    const knowledge = { durable: NOTHING, attempted: NOTHING };
    for (let run = 1; run <= 60; run++) {
      const cut = 1 + below(below(4) === 0 ? 30 : 4);
      region.power.cutAt(cut);
      const act = () => {
        const ledger = boot(region, knowledge);
        for (;;) {
          const kind = below(5);
          if (kind === 0) consume(ledger, knowledge, below(50));
          else if (kind === 3) consumePhases(ledger, knowledge, below(50));
          else if (kind === 4) unseal(ledger, knowledge);
          else if (kind === 1) credit(ledger, knowledge, 1 + below(100), below(2));
          else order(ledger, knowledge);
        }
      };
      try {
        if (survives(region, act)) cuts++;
      } catch (error) {
        throw new Error(`seed ${seed}, run ${run}, cut ${cut}: ${error}`, { cause: error });
      }
    }
  }
  t.is(cuts, 200 * 60);
});
