import test from 'ava';
import fc from 'fast-check';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { Ledger } from '../../firmware/ledger/ledger';
import type { Registers } from '../../firmware/ledger/state';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { MeterRig } from '../support/meter-rig';

/** What users of open meters complain about, as far as the power goes: each test is named after it. */

/** ms, of a window */
const WINDOW = 200;
const WINDOWS_PER_SECOND = 5;
/** Windows */
const TEN_SECONDS = 10 * WINDOWS_PER_SECOND;
const NANOJOULES_PER_MILLIWATT_HOUR = 3.6e9;
const CREDIT = kilowattHours(1000);

interface Load {
  /** Fed where they are negative */
  readonly watts: number;
  readonly seconds: number;
}

async function supplied(seed: number | string): Promise<MeterRig> {
  const rig = new MeterRig({ seed });
  await rig.bootLinked();
  await rig.credit(CREDIT);
  return rig;
}

function registersOf({ meter }: MeterRig): Registers {
  if (meter.registers === undefined) throw new Error(`expected registers, got ${meter.fault}`);
  return { ...meter.registers };
}

/** W of each window up to the end of the power: at a write or erase of flash, or after the last load. */
async function drawUntilCut(rig: MeterRig, loads: readonly Load[], cutAt: number): Promise<number[]> {
  const drawn: number[] = [];
  if (cutAt > 0) rig.flash.power.cutAt(cutAt);
  for (const { watts, seconds } of loads)
    for (let second = 0; second < seconds && rig.isOn; second++) {
      for (let k = 0; k < WINDOWS_PER_SECOND && rig.isOn; k++) {
        drawn.push(watts);
        rig.powered(() => rig.draw(watts, WINDOW));
      }
      await rig.pass(1000);
    }
  rig.cutPower();
  return drawn;
}

/** mWh that truly went one way. */
function energyOf(windows: readonly number[], sign: 1 | -1): number {
  const nanojoules = windows.reduce((sum, watts) => sum + Math.max(0, sign * watts) * WINDOW * 1e6, 0);
  return Math.floor(nanojoules / NANOJOULES_PER_MILLIWATT_HOUR);
}

/** @throws Error when more was lost than may be, or anything was gained */
function assertKept(before: Registers, after: Registers, drawn: readonly number[]): void {
  const imported = after.imported - before.imported;
  const exported = after.exported - before.exported;
  if (imported > energyOf(drawn, 1) || exported > energyOf(drawn, -1))
    throw new Error(`gained: ${imported} and ${exported} mWh`);
  if (after.debited - before.debited !== imported) throw new Error(`debited ${after.debited} mWh`);
  if (after.credited !== CREDIT) throw new Error(`credited ${after.credited} mWh`);
  const total = (windows: readonly number[]) => energyOf(windows, 1) + energyOf(windows, -1);
  const due = Math.min(total(drawn) - wattHours(10), total(drawn.slice(0, -TEN_SECONDS)));
  if (imported + exported < due) throw new Error(`kept ${imported + exported} mWh, not ${due}`);
}

const loads = fc.array(
  fc.record({
    watts: fc.oneof(fc.integer({ min: -20_000, max: 20_000 }), fc.constantFrom(0, 40, 20_000)),
    seconds: fc.integer({ min: 1, max: 25 }),
  }),
  { minLength: 1, maxLength: 5 },
);
/** The how manieth write or erase is torn; 0: none */
const cut = fc.constantFrom(0, 0, 1, 2, 3, 4, 5, 7);
const runs = fc.array(fc.record({ loads, cut, cutInBoot: cut }), { minLength: 4, maxLength: 8 });

test('totals lost at power-off, or higher after it: cuts anywhere cost 10 Wh or 10 s at most, and nothing is gained', async t => {
  await fc.assert(
    fc.asyncProperty(runs, fc.nat(), async (each, seed) => {
      const rig = await supplied(seed);
      for (const run of each) {
        const before = registersOf(rig);
        const drawn = await drawUntilCut(rig, run.loads, run.cut);
        if (run.cutInBoot > 0) await rig.boot(run.cutInBoot);
        rig.cutPower();
        await rig.boot();
        assertKept(before, registersOf(rig), drawn);
      }
    }),
    { numRuns: 30 },
  );
  t.pass();
});

const HOURS = 4;
const HOURS_PER_YEAR = 8766;
/** Erases that a sector of the usual NOR flash is good for */
const ENDURANCE = 100_000;
const LARGEST_LOAD = 20_000;

/** What a power cut at this moment would leave. */
function keptOn(flash: EmulatedFlash): Registers {
  const { size } = flash;
  const copy = new EmulatedFlash({ size, prng: new Prng('copy') });
  copy.write(0, flash.read(0, size));
  const ledger = Ledger.open(copy);
  if (!ledger.ok) throw new Error(ledger.fault);
  return ledger.value.registers;
}

test('flash wear against persistence: 64 KiB last 20 years at 20 kW, and a cut never costs more than 10 s of it', async t => {
  const rig = await supplied('wear');
  const { ledger } = rig.flash;
  t.is(ledger.size, 64 * 1024);
  let worst = 0;
  for (let second = 0; second < HOURS * 3600; second++) {
    for (let k = 0; k < WINDOWS_PER_SECOND; k++) rig.draw(LARGEST_LOAD, WINDOW);
    // 37 s are no part of any interval of the meter's.
    if (second % 37 === 0) worst = Math.max(worst, registersOf(rig).imported - keptOn(ledger).imported);
    await rig.pass(1000);
    if (second % 900 === 0) await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
  }
  t.true(rig.meter.supply.closed);
  t.true(rig.readings().length >= 4 * HOURS);
  t.true(worst <= (LARGEST_LOAD * 10) / 3.6, `${worst} mWh`);
  t.true(Math.max(...ledger.erases) - Math.min(...ledger.erases) <= 1, 'not levelled');
  const perSector = ledger.erases.reduce((sum, erases) => sum + erases) / ledger.erases.length;
  const years = (ENDURANCE * HOURS) / (perSector * HOURS_PER_YEAR);
  t.true(years >= 20, `${years} years`);
  t.log(`${years.toFixed(0)} years`);
});
