import test from 'ava';
import type { Ledger } from '../../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { restoreFormer } from '../../../scripts/torture/former-flash';
import { atEveryCut, type Scenario, survives } from './cuts';
import {
  boot,
  changeTariffs,
  consume,
  consumePhases,
  consumeWeighed,
  credit,
  type Knowledge,
  keepProfile,
  knownOf,
  nothingKnown,
  order,
  remember,
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

test('tariffs are there or not, each whole, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, (ledger, knowledge) => {
      for (let k = 0; k < 3; k++) changeTariffs(ledger, knowledge);
    }),
  );
});

test('what supply remembers, and the profile, are there or not, each whole, after a cut anywhere', t => {
  const act = (ledger: Ledger, knowledge: Knowledge) => {
    remember(ledger, knowledge);
    keepProfile(ledger, knowledge);
    remember(ledger, knowledge);
  };
  atEveryCut(t, scenario(40, act));
});

test('what weighs other than it is, is there or not, with what is left of a mWh, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, (ledger, knowledge) => consumeWeighed(ledger, knowledge, 25)),
  );
});

test('in two sectors, all kinds are there or not after a cut anywhere, in the rolls too', t => {
  const act = (ledger: Ledger, knowledge: Knowledge) => {
    for (let k = 0; k < 6; k++) changeKept(ledger, knowledge);
  };
  const prepare = (region: EmulatedFlash) => {
    const knowledge = nothingKnown();
    changeKept(boot(region, knowledge), knowledge);
    return knowledge;
  };
  atEveryCut(t, { ...scenario(8, act), size: 2 * 1024, prepare });
});

function changeKept(ledger: Ledger, knowledge: Knowledge): void {
  changeTariffs(ledger, knowledge);
  remember(ledger, knowledge);
  keepProfile(ledger, knowledge);
  consumeWeighed(ledger, knowledge, 3);
}

for (const format of [1, 2] as const)
  test(`what the firmware of format ${format} left goes on without loss, wherever its first boot and first changes are cut`, t => {
    const act = (ledger: Ledger, knowledge: Knowledge) => {
      changeKept(ledger, knowledge);
      unseal(ledger, knowledge);
    };
    const former = (prng: Prng) => {
      const region = new EmulatedFlash({ size: 64 * 1024, prng });
      restoreFormer({ ledger: region }, format);
      return region;
    };
    const prepare = (region: EmulatedFlash) => {
      restoreFormer({ ledger: region }, format);
      return knownOf(former(new Prng(1)));
    };
    atEveryCut(t, { ...scenario(4, act), size: 64 * 1024, sectorSize: 4096, prepare });
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
          const kind = below(7);
          if (kind === 0) consume(ledger, knowledge, below(50));
          else if (kind === 3) consumePhases(ledger, knowledge, below(50));
          else if (kind === 4) unseal(ledger, knowledge);
          else if (kind === 5) changeTariffs(ledger, knowledge);
          else if (kind === 6) remember(ledger, knowledge);
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
