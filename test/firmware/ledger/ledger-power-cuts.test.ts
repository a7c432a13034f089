import test from 'ava';
import type { Ledger } from '../../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from './cuts';
import {
  boot,
  consume,
  consumePhases,
  credit,
  type Knowledge,
  nothingKnown,
  order,
  unseal,
} from './ledger-knowledge';

function scenario(seeds: number, act: (ledger: Ledger, knowledge: Knowledge) => void): Scenario<Knowledge> {
  return {
    size: 4 * 1024,
    sectorSize: 1024,
    seeds,
    prepare(region) {
      const knowledge = nothingKnown();
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
  const run = (region: EmulatedFlash, knowledge: Knowledge) => void boot(region, knowledge);
  atEveryCut(t, { ...scenario(60, () => undefined), prepare: nothingKnown, run });
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
    const knowledge = nothingKnown();
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
