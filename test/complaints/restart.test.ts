import test from 'ava';
import fc from 'fast-check';
import type { Reading } from '../../firmware/attest/signed-types';
import { decodeTelemetry, type Telemetry } from '../../firmware/attest/telemetry';
import { kilowattHours, wattHours } from '../../firmware/energy';
import type { Registers } from '../../firmware/ledger/state';
import { drawing, type MeterRig, MINUTE } from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';

/** What users of open meters complain about, as far as a restart goes: each test is named after it. */

const NAMES: readonly (keyof Registers)[] = [
  'imported',
  'exported',
  'debited',
  'credited',
  'withdrawn',
  'feedIn',
];

/** Of a reading, or of the meter itself. */
function numbersOf(source: Reading | Registers | undefined): Registers {
  return Object.fromEntries(NAMES.map(name => [name, Number(source?.[name])])) as unknown as Registers;
}

/** Telemetry that was published, with the registers of each phase in it, from a moment on. @param since Unix seconds */
function telemetryOf(rig: MeterRig, since: number): Telemetry[] {
  const all = rig.payloads('telemetry').map(payload => {
    const telemetry = decodeTelemetry(payload);
    if (!telemetry.ok) throw new Error(telemetry.fault);
    return telemetry.value;
  });
  return all.filter(({ timestamp }) => timestamp >= since);
}

/** @throws Error unless each register is at least what it was */
function assertNotBelow<Name extends string>(
  what: string,
  registers: { readonly [name in Name]: number } | undefined,
  least: { readonly [name in Name]: number } | undefined,
): void {
  for (const name of Object.keys(least ?? {}) as Name[])
    if (!((registers?.[name] ?? -1) >= (least?.[name] ?? 0)))
      throw new Error(`${what}, ${name}: ${registers?.[name]}, below ${least?.[name]}`);
}

/** A second of what three phases take and give. */
function drawThree(rig: MeterRig, watts: readonly number[]): void {
  const phases = watts.flatMap(each => drawing(each, 1000).phases);
  rig.sensor.measurement({ phases, frequency: 50, duration: 1e6 });
}

meterTest(
  'spikes in home automation when a reboot reports 0: whatever is published after a restart is at least what it was',
  async (t, rigOf) => {
    const rig = rigOf({ phases: 3 });
    await rig.bootLinked();
    await rig.instruct('credit', { credited: kilowattHours(20), withdrawn: kilowattHours(1) });
    for (let restart = 0; restart < 2; restart++) {
      for (let second = 0; second < 20; second++) {
        drawThree(rig, [9000, 1800, -3600]);
        await rig.pass(1000);
      }
      await rig.pass(15 * MINUTE);
      const isOrderly = restart === 0;
      if (isOrderly) rig.meter.stop();
      const lastStated = rig.readings().at(-1);
      const phasesStated = telemetryOf(rig, 0)
        .at(-1)
        ?.phases.map(({ registers }) => registers);
      const least = numbersOf(isOrderly ? rig.meter.registers : lastStated);
      const leastOfPhases = isOrderly ? rig.meter.phaseRegisters : phasesStated;
      const count = rig.readings().length;
      rig.cutPower();
      rig.displays.length = 0;
      await rig.pass(1000);
      const since = rig.clock.now() ?? 0;
      await rig.boot();
      await rig.pass(2 * MINUTE);
      const readings = rig.readings().slice(count);
      const telemetry = telemetryOf(rig, since);
      t.true(readings.length > 0 && telemetry.length > 0 && rig.displays.length > 0);
      for (const reading of readings) assertNotBelow('reading', numbersOf(reading), least);
      for (const { phases } of telemetry)
        for (const [p, { registers }] of phases.entries())
          assertNotBelow(`L${p + 1}`, registers, leastOfPhases?.[p]);
      t.true(rig.displays.every(({ balance }) => (balance ?? 0) > kilowattHours(18)));
    }
    t.true((rig.meter.registers?.imported ?? 0) > wattHours(75));
  },
);

test('spikes in home automation when a reboot reports 0: readings that are sent again do not take the retained telemetry back', async t => {
  const rig = inNode({ phases: 3 });
  await rig.bootLinked();
  await rig.credit(kilowattHours(20));
  for (let restart = 0; restart < 3; restart++) {
    drawThree(rig, [9000, 1800, -3600]);
    await rig.pass(15 * MINUTE);
    rig.cutPower();
    await rig.boot();
  }
  const imported = telemetryOf(rig, 0).map(({ phases }) => phases[0]?.registers?.imported ?? -1);
  t.deepEqual(
    imported,
    imported.toSorted((a, b) => a - b),
  );
});

meterTest(
  'spikes in home automation when a reboot reports 0: with a ledger that cannot be read nothing is said, rather than 0',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    rig.draw(3600, 10_000);
    await rig.pass(15 * MINUTE);
    rig.cutPower();
    const { ledger } = rig.flash;
    for (let offset = 0; offset < ledger.size; offset += 16) ledger.damage(offset, 0x55);
    const { length } = rig.received;
    rig.displays.length = 0;
    await rig.boot();
    await rig.pass(30 * MINUTE);
    t.is(rig.received.length, length);
    t.is(rig.meter.registers, undefined);
    t.is(rig.meter.balance, undefined);
    t.true(rig.displays.length > 0);
    t.true(rig.displays.every(({ balance }) => balance === undefined));
  },
);

/** What was bought and withdrawn in total, as the operator has said one after the other. */
const TOTALS = [1, 2, 5, 9].map(count => ({
  credited: kilowattHours(count),
  withdrawn: wattHours(100 * (count - 1)),
}));
const [, , , TOTAL] = TOTALS;
const DRAWN = wattHours(30);

type Instruction = (typeof TOTALS)[number];

/** As a broker that has kept everything, or whoever has listened to it, can say it again. */
async function say(rig: MeterRig, instructions: readonly Instruction[]): Promise<void> {
  for (const instruction of instructions) await rig.instruct('credit', instruction);
}

/** @throws Error unless all that was bought was counted once */
function assertOnce(rig: MeterRig): void {
  const { registers, balance, supply } = rig.meter;
  const expected = (TOTAL?.credited ?? 0) - (TOTAL?.withdrawn ?? 0) - (registers?.debited ?? 0);
  if (registers?.credited !== TOTAL?.credited || registers?.withdrawn !== TOTAL?.withdrawn)
    throw new Error(`credited ${registers?.credited} and withdrawn ${registers?.withdrawn} mWh`);
  if (balance !== expected || !supply.closed) throw new Error(`${supply.reason}, balance ${balance} mWh`);
}

const anyOrder = fc.shuffledSubarray([...TOTALS, ...TOTALS], { minLength: 4 });

meterTest(
  'a token credited twice: what is repeated, comes in another order or again after a restart counts once',
  async (t, rigOf) => {
    const orders = fc.sample(anyOrder, { numRuns: 4, seed: 12 });
    const rig = rigOf();
    await rig.bootLinked();
    await say(rig, TOTALS);
    for (const order of orders) {
      rig.draw(3600, 10_000);
      await say(rig, order);
      assertOnce(rig);
      rig.cutPower();
      await rig.boot();
      await say(rig, order);
      assertOnce(rig);
    }
    t.is(rig.eventsOf('creditApplied').length, TOTALS.length);
    t.deepEqual(rig.meter.refused, {});
  },
);

test('a token credited twice: nor does one count twice, or not at all, that comes again after a cut at any write', async t => {
  let cuts = 0;
  const run = async (order: readonly Instruction[], seed: number, at: number, inBoot: number) => {
    const rig = inNode({ seed });
    await rig.bootLinked();
    await rig.credit(DRAWN);
    rig.draw(3600, 10_000);
    rig.flash.power.cutAt(at);
    await say(rig, TOTALS);
    const wasCut = !rig.isOn;
    rig.cutPower();
    // Nobody says it again before the meter has shown what it has kept.
    rig.network.online = false;
    if (inBoot > 0) await rig.boot(inBoot);
    rig.cutPower();
    await rig.boot();
    const { registers } = rig.meter;
    const isSaid = [{ credited: DRAWN, withdrawn: 0 }, ...TOTALS].some(
      said => said.credited === registers?.credited && said.withdrawn === registers?.withdrawn,
    );
    if (!isSaid) throw new Error(`half a credit: ${registers?.credited} and ${registers?.withdrawn} mWh`);
    rig.cutPower();
    rig.network.online = true;
    await rig.boot();
    await say(rig, [...order, TOTALS[3] as Instruction]);
    assertOnce(rig);
    return wasCut;
  };
  await fc.assert(
    fc.asyncProperty(anyOrder, fc.nat(), fc.constantFrom(0, 0, 1, 2, 3, 4), async (order, seed, inBoot) => {
      for (let at = 1; await run(order, seed, at, inBoot); at++) cuts++;
    }),
    { numRuns: 4 },
  );
  t.true(cuts > 4 * 20, `${cuts}`);
});
