import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { decodeTelemetry } from '../../firmware/attest/telemetry';
import { kilowattHours } from '../../firmware/energy';
import type { Measurement, PhaseMeasurement, PhaseSums, Window } from '../../firmware/host';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { parseCalibration } from '../../simulator/calibration-file';
import { calibrateCommand } from '../../simulator/cli/calibrate';
import { detailTextOf, drawing, type MeterRig, MINUTE, OWNER } from '../support/meter-rig';
import { inNode, meterTest, type RigOf } from '../support/meter-test';
import { runCommand } from '../support/run-command';
import { CALIBRATION, powerOf, sampled, VOLTS } from './analog-load';

/** What users of open meters complain about, as far as a meter has to notice it: each test is named after it. */

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-complaints-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));

const CREDIT = kilowattHours(1_000_000);

async function supplied(rigOf: RigOf): Promise<MeterRig> {
  const rig = rigOf({ calibration: [CALIBRATION] });
  await rig.bootLinked();
  await rig.credit(CREDIT);
  return rig;
}

/** Feeds these windows over and over, as if for so many seconds. */
async function feed(rig: MeterRig, windows: readonly Window[], seconds: number): Promise<void> {
  let [microseconds, due] = [0, 1000];
  for (let k = 0; microseconds < seconds * 1e6; k++) {
    const window = windows[k % windows.length] as Window;
    rig.sensor.window(window);
    microseconds += window.duration;
    if (microseconds < due * 1000) continue;
    await rig.pass(1000);
    due += 1000;
  }
}

function registersOf({ meter }: MeterRig): { readonly imported: number; readonly exported: number } {
  if (meter.registers === undefined) throw new Error(`expected registers, got ${meter.fault}`);
  return { ...meter.registers };
}

const KETTLE = { amps: 8.7 };
const REVERSED = sampled({ amps: -KETTLE.amps }, 4);

meterTest(
  'a reversed CT gives negative power: it is told after ten minutes, and turned only by a calibration that the owner let in',
  async (t, rigOf) => {
    const rig = await supplied(rigOf);
    rig.sensor.hush();
    await feed(rig, REVERSED, 590);
    t.deepEqual(rig.eventsOf('wiringFault'), []);
    await feed(rig, REVERSED, 20);
    t.deepEqual(rig.eventsOf('wiringFault').map(detailTextOf), ['current reversed L1']);
    const seen = registersOf(rig);
    const watts = rig.meter.measurement.phases[0]?.activePower ?? Number.NaN;
    const near = (value: number, truth: number) => t.true(Math.abs(value / truth - 1) < 3e-3, `${value}`);
    near(watts, -powerOf(KETTLE));
    near(seen.exported, (powerOf(KETTLE) * 610) / 3.6);
    t.is(seen.imported, 0);
    rig.meter.stop();
    rig.cutPower();
    const turned = rigOf({ flash: rig.flash, calibration: [{ ...CALIBRATION, reversed: true }] });
    await turned.boot();
    t.is(turned.meter.fault, 'sealed');
    t.is(turned.eventsOf('calibrationRefused').length, 1);
    const policy = { ...INITIAL_POLICY, version: 1, sealed: 0, nominalVoltage: VOLTS };
    await turned.instruct('policy', policy, OWNER);
    t.is(turned.eventsOf('calibrationChanged').length, 1);
    turned.sensor.hush();
    await feed(turned, REVERSED, 60);
    near(registersOf(turned).imported, (powerOf(KETTLE) * 60) / 3.6);
    t.is(registersOf(turned).exported, seen.exported);
  },
);

/** As the board's console prints them. */
function write(name: string, windows: readonly Window[]): string {
  const path = join(FOLDER, name);
  writeFileSync(path, [...windows, { windows: windows.length }].map(line => JSON.stringify(line)).join('\n'));
  return path;
}

test('a reversed CT gives negative power: m3ter calibrate does not take it, and offers to flip it', async t => {
  const out = join(FOLDER, 'calibration.json');
  const points = [
    ...['--point', `${write('lamp', sampled({ amps: -1 }, 60))},volts=${VOLTS},amps=1`],
    ...['--point', `${write('kettle', REVERSED)},volts=${VOLTS},amps=8.7`],
    ...['--idle', `${write('idle', sampled({ amps: 0 }, 30))},volts=${VOLTS}`],
    ...['--skew', `${CALIBRATION.skewMicroseconds}`, '--out', out],
  ];
  const refused = await runCommand(calibrateCommand, ...points);
  t.is(refused.exitCode, 1);
  t.regex(refused.error, /feeding the line: turn the current transformer around, or agree to --flip L1$/);
  t.false(existsSync(out));
  const agreed = await runCommand(calibrateCommand, ...points, '--flip', 'L1');
  t.is(agreed.error, '');
  const written = parseCalibration(readFileSync(out, 'utf8'));
  t.true(written.ok && written.value[0]?.reversed);
});

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e308, 2 ** 53),
);
const SANE = drawing(1000, 200);
const SANE_PHASE = SANE.phases[0] as PhaseMeasurement;
const SANE_WINDOW = sampled(KETTLE, 1)[0] as Window;
const SANE_SUMS = SANE_WINDOW.phases[0] as PhaseSums;

/** The same with some of its numbers replaced by any other. */
function spoilt<Sane extends object>(sane: Sane, but: string[] = []): fc.Arbitrary<Sane> {
  const names = Object.keys(sane).filter(name => !but.includes(name));
  const others = fc.record(Object.fromEntries(names.map(name => [name, anyNumber])), { requiredKeys: [] });
  return others.map(other => ({ ...sane, ...other }));
}

const anyMeasurement: fc.Arbitrary<Measurement> = fc
  .tuple(spoilt(SANE, ['phases']), spoilt(SANE_PHASE))
  .map(([measurement, phase]) => ({ ...measurement, phases: [phase] }));
const anyWindow: fc.Arbitrary<Window> = fc
  .tuple(spoilt(SANE_WINDOW, ['phases']), spoilt(SANE_SUMS))
  .map(([window, sums]) => ({ ...window, phases: [sums] }));
const anything = fc.array(
  fc.oneof(fc.record({ window: anyWindow }), fc.record({ measurement: anyMeasurement })),
  {
    minLength: 1,
    maxLength: 30,
  },
);

/** All that a meter says of itself and to others. @throws Error when something in it is no number */
function assertFinite(rig: MeterRig): void {
  const { registers, balance } = rig.meter;
  const telemetry = rig.payloads('telemetry').map(payload => decodeTelemetry(payload));
  if (telemetry.some(({ ok }) => !ok)) throw new Error('expected telemetry, got something else');
  const said = { registers, balance, readings: rig.readings(), telemetry };
  const text = JSON.stringify(said, (name, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${name}: ${value}`);
    return typeof value === 'bigint' ? Number(value) : value;
  });
  if (/null/.test(text)) throw new Error(text);
}

meterTest(
  'NaN: whatever a chip measures or a converter sums up, all that is said is a number, and the meter goes on',
  async (t, rigOf) => {
    const numRuns = rigOf === inNode ? 60 : 3;
    await fc.assert(
      fc.asyncProperty(anything, async each => {
        const rig = await supplied(rigOf);
        for (const given of each) {
          const before = registersOf(rig);
          if ('window' in given) rig.sensor.window(given.window);
          else rig.sensor.measurement(given.measurement);
          const { imported, exported } = registersOf(rig);
          if (imported < before.imported || exported < before.exported) throw new Error('a register fell');
          assertFinite(rig);
          await rig.pass(200);
        }
        await rig.pass(2 * MINUTE);
        const { imported } = registersOf(rig);
        for (let k = 0; k < 10; k++) {
          rig.draw(3600, 1000);
          await rig.pass(1000);
        }
        const more = registersOf(rig).imported - imported;
        if (!(more >= 10_000 && more <= 10_001)) throw new Error(`registered ${more} mWh`);
        const { length } = rig.readings();
        await rig.pass(15 * MINUTE);
        assertFinite(rig);
        if (!(rig.readings().length > length && rig.meter.supply.closed))
          throw new Error(`${rig.meter.supply.reason}: ${rig.readings().length} readings`);
      }),
      { numRuns, includeErrorInReport: true },
    );
    t.pass();
  },
);

for (const change of [{ apparentPower: Number.NaN }, { powerFactor: Number.POSITIVE_INFINITY }])
  test(`NaN: nor does the meter show one, of a chip that says ${Object.entries(change)}`, async t => {
    const rig = await supplied(inNode);
    rig.sensor.measurement({ ...SANE, phases: [{ ...SANE_PHASE, ...change }] });
    t.true(Object.values(rig.meter.measurement.phases[0] ?? {}).every(Number.isFinite));
  });

meterTest(
  'metering stops when the relay is off, so a weld goes unseen: it goes on, and current that still flows is an event',
  async (t, rigOf) => {
    const rig = await supplied(rigOf);
    rig.sensor.hush();
    const open = sampled({ amps: 0, ofNominal: 1.15 }, 10);
    const welded = sampled({ amps: 0.5 }, 10);
    await feed(rig, welded, 10);
    await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: 0 });
    t.false(rig.relay.isClosed());
    await feed(rig, open, 60);
    t.deepEqual(rig.eventsOf('currentWhileOpen'), []);
    const before = registersOf(rig).imported;
    await feed(rig, welded, 60);
    const truth = (115 * 60) / 3.6;
    t.true(Math.abs((registersOf(rig).imported - before) / truth - 1) < 0.02);
    t.is(rig.eventsOf('currentWhileOpen').length, 1);
    t.regex(detailTextOf(rig.lastEvent()), /^L1 0\.\d\d A$/);
    t.is(Number(rig.meter.balance), CREDIT - registersOf(rig).imported);
    await rig.instruct('supply', { version: 2, state: 1, powerLimit: 0, until: 0 });
    await feed(rig, welded, 10);
    t.is(rig.eventsOf('currentWhileOpen').length, 1);
  },
);
