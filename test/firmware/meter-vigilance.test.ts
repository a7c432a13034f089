import test from 'ava';
import { decodeTelemetry } from '../../firmware/attest/telemetry';
import { toHex } from '../../firmware/bytes';
import { kilowattHours } from '../../firmware/energy';
import type { Measurement, PhaseSums, Window } from '../../firmware/host';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { calibrationDigest } from '../../firmware/metrology/calibration-digest';
import { Kernel } from '../../firmware/metrology/kernel';
import { Scope } from '../../firmware/metrology/scope';
import { AnalogFrontEnd } from '../../hosts/mock/analog/analog-front-end';
import { TYPICAL_THREE_PHASE_FRONT_END } from '../../hosts/mock/analog/hardware';
import { sinusoidal } from '../../hosts/mock/analog/load';
import { type Mains, symmetric, withoutNeutral } from '../../hosts/mock/analog/mains';
import { calibrationOf, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../hosts/mock/phasor';
import { Prng } from '../../hosts/mock/prng';
import { createCrypto } from '../../hosts/node/crypto';
import {
  detailTextOf,
  drawing,
  type MeterRig,
  MINUTE,
  OPERATOR,
  OWNER,
  RECONNECTED,
} from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';
import { sectorsOf } from './ledger/sector-faults';

/** Sample sets in a block */
const BLOCK = 64;

/** What a meter watches beside the energy: how it is calibrated, wired and supplied, and whether it can see. */

const CALIBRATION = calibrationOf(TYPICAL_HARDWARE);
const OTHER = CALIBRATION.map(phase => ({ ...phase, ampsPerCount: phase.ampsPerCount / 2 }));

async function supplied(rig: MeterRig): Promise<void> {
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  rig.draw(0);
  await rig.settle();
}

/** Another run of the same board, whose host has found this calibration. */
async function rebootWith(
  rig: MeterRig,
  rigOf: (options: { flash: MeterRig['flash']; calibration: readonly PhaseCalibration[] }) => MeterRig,
  calibration: readonly PhaseCalibration[],
): Promise<MeterRig> {
  rig.cutPower();
  const next = rigOf({ flash: rig.flash, calibration });
  await next.boot();
  next.draw(0);
  await next.settle();
  return next;
}

function digests(...calibrations: (readonly PhaseCalibration[])[]): string {
  return calibrations.map(one => toHex(calibrationDigest(createCrypto(), one)).slice(0, 32)).join('');
}

meterTest(
  'a meter that finds another calibration than it is sealed with supplies nothing',
  async (t, rigOf) => {
    const rig = rigOf({ calibration: CALIBRATION });
    await supplied(rig);
    t.true(rig.meter.supply.closed);
    const changed = await rebootWith(rig, rigOf, OTHER);
    t.deepEqual(changed.meter.supply, { closed: false, reason: 'fault' });
    t.is(changed.meter.fault, 'sealed');
    t.is(
      toHex(changed.eventsOf('calibrationRefused')[0]?.detail ?? new Uint8Array()),
      digests(CALIBRATION, OTHER),
    );
    t.deepEqual(changed.eventsOf('ledgerFault'), []);
    const back = await rebootWith(changed, rigOf, CALIBRATION);
    t.true(back.meter.supply.closed);
    t.is(back.meter.fault, undefined);
  },
);

meterTest(
  'the owner alone can break the seal, and the change is an event with both digests',
  async (t, rigOf) => {
    const rig = rigOf({ calibration: CALIBRATION });
    await supplied(rig);
    const policy = { ...INITIAL_POLICY, version: 1, sealed: 0 };
    const changed = await rebootWith(rig, rigOf, OTHER);
    await changed.instruct('policy', policy, OPERATOR);
    t.is(changed.meter.fault, 'sealed');
    await changed.instruct('policy', policy, OWNER);
    t.is(changed.meter.fault, undefined);
    await changed.pass(RECONNECTED);
    t.true(changed.meter.supply.closed);
    t.is(
      toHex(changed.eventsOf('calibrationChanged')[0]?.detail ?? new Uint8Array()),
      digests(CALIBRATION, OTHER),
    );
    await changed.instruct('policy', { ...policy, version: 2, sealed: 1 }, OWNER);
    t.true(changed.meter.supply.closed);
  },
);

meterTest('a calibration that the flash does not keep is not said to be in force', async (t, rigOf) => {
  const rig = rigOf({ calibration: CALIBRATION });
  await supplied(rig);
  const policy = { ...INITIAL_POLICY, version: 1, sealed: 0 };
  await rig.instruct('policy', policy, OWNER);
  rig.cutPower();
  const next = rigOf({ flash: rig.flash, calibration: OTHER });
  const { ledger } = rig.flash;
  const wearOut = (wear: 'refuses' | undefined) => {
    for (const sector of sectorsOf(ledger)) ledger.wearOut(sector, wear);
  };
  const meter = next.assemble();
  wearOut('refuses');
  meter.start();
  next.draw(0);
  await next.pass(MINUTE);
  t.is(meter.fault, 'flash-failed');
  t.false(meter.supply.closed);
  wearOut(undefined);
  await next.pass(20 * MINUTE);
  t.deepEqual(next.eventsOf('calibrationChanged'), []);
  const again = await rebootWith(next, rigOf, OTHER);
  t.true(again.meter.supply.closed);
  t.is(again.eventsOf('calibrationChanged').length, 1);
});

meterTest('before its link a meter takes whatever calibration it is given', async (t, rigOf) => {
  const rig = rigOf({ calibration: CALIBRATION });
  await rig.boot();
  const changed = await rebootWith(rig, rigOf, OTHER);
  t.is(changed.meter.fault, undefined);
});

meterTest('current that flows though the relay is open is an event, and is metered', async (t, rigOf) => {
  const rig = rigOf();
  await supplied(rig);
  await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: 0 });
  const before = rig.meter.registers?.imported ?? 0;
  for (let k = 0; k < 50; k++) {
    rig.draw(2300);
    await rig.pass(200);
  }
  t.deepEqual(rig.eventsOf('currentWhileOpen').map(detailTextOf), ['L1 10.00 A']);
  t.is((rig.meter.registers?.imported ?? 0) - before, Math.floor((2300 * 10) / 3.6));
});

meterTest('a sag is an event once it is over', async (t, rigOf) => {
  const rig = rigOf();
  await supplied(rig);
  const at = (voltage: number): Measurement => {
    const { phases, ...rest } = drawing(0, 200);
    return { ...rest, phases: phases.map(phase => ({ ...phase, voltage })) };
  };
  for (const voltage of [230, 190, 180, 195, 230]) {
    rig.sensor.measurement(at(voltage));
    await rig.pass(200);
  }
  t.deepEqual(rig.eventsOf('voltageEvent').map(detailTextOf), ['sag L1 180.0 V 0.6 s']);
});

meterTest('by the policy it is another voltage that is nominal', async (t, rigOf) => {
  const rig = rigOf();
  await supplied(rig);
  const policy = { ...INITIAL_POLICY, version: 1, nominalVoltage: 120 };
  await rig.instruct('policy', policy, OWNER);
  for (const _ of Array(6)) {
    rig.draw(0);
    await rig.pass(200);
  }
  const { phases, ...rest } = drawing(0, 200);
  rig.sensor.measurement({ ...rest, phases: phases.map(phase => ({ ...phase, voltage: 120 })) });
  await rig.pass(200);
  t.regex(detailTextOf(rig.eventsOf('voltageEvent')[0] ?? rig.lastEvent()), /^swell L1 230\.0 V/);
});

/** Windows of a typical front end at 1 kW, in which a channel can stand still. */
function windows(stuck?: 'v' | 'i'): () => Window {
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('stuck'), 0);
  const line = {
    voltage: 230,
    frequency: 50,
    phases: [{ activePower: 1000, reactivePower: 0 }],
    until: Number.POSITIVE_INFINITY,
  };
  frontEnd.next(() => line);
  return () => {
    const window = frontEnd.next(() => line);
    if (stuck === undefined) return window;
    const n = window.samples;
    const still = { [stuck]: 2048 * n, [`${stuck}${stuck}`]: 2048 * 2048 * n };
    const vi = (sums: PhaseSums) => 2048 * (stuck === 'v' ? sums.i : sums.v);
    return { ...window, phases: window.phases.map(sums => ({ ...sums, ...still, vi: vi(sums) })) };
  };
}

meterTest('where the voltage stands still nothing is supplied, and it is an event', async (t, rigOf) => {
  const rig = rigOf({ calibration: CALIBRATION });
  await supplied(rig);
  rig.sensor.hush();
  for (const stuck of [undefined, 'v', undefined] as const) {
    const next = windows(stuck);
    for (let k = 0; k < 40; k++) {
      rig.sensor.window(next());
      await rig.pass(200);
    }
    t.deepEqual(
      rig.meter.supply,
      stuck ? { closed: false, reason: 'fault' } : { closed: true, reason: 'supplied' },
    );
  }
  t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), ['stuck', 'silent']);
});

meterTest(
  'a current that stands still is an event, and cuts nobody off: there may be none',
  async (t, rigOf) => {
    const rig = rigOf({ calibration: CALIBRATION });
    await supplied(rig);
    rig.sensor.hush();
    const next = windows('i');
    for (let k = 0; k < 40; k++) {
      rig.sensor.window(next());
      await rig.pass(200);
    }
    t.true(rig.meter.supply.closed);
    t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), ['stuck']);
  },
);

meterTest('of three phases each has registers of its own, beside those of all', async (t, rigOf) => {
  const rig = rigOf({ phases: 3 });
  await supplied(rig);
  const [one] = drawing(0, 1).phases;
  if (one === undefined) return t.fail();
  const phases = [1800, -720, 360].map(activePower => ({
    ...one,
    activePower,
    apparentPower: 1800,
    current: 7.8,
  }));
  for (let k = 0; k < 10; k++) rig.sensor.measurement({ phases, frequency: 50, duration: 1e6 });
  t.is(Number(rig.meter.registers?.imported), 4000);
  t.is(Number(rig.meter.registers?.exported), 0);
  const each = [
    { imported: 5000, exported: 0 },
    { imported: 0, exported: 2000 },
    { imported: 1000, exported: 0 },
  ];
  t.deepEqual(rig.meter.phaseRegisters, each);
  await rig.pass(2 * MINUTE);
  const telemetry = decodeTelemetry(rig.payloads('telemetry').at(-1) ?? new Uint8Array());
  t.deepEqual(telemetry.ok && telemetry.value.phases.map(({ registers }) => registers), each);
});

meterTest('a phase that is lost is an event', async (t, rigOf) => {
  const rig = rigOf({ phases: 3 });
  await supplied(rig);
  const [one] = drawing(0, 1).phases;
  if (one === undefined) return t.fail();
  const phases = [230, 0, 231].map(voltage => ({ ...one, voltage }));
  for (let k = 0; k < 10; k++) {
    rig.sensor.measurement({ phases, frequency: 50, duration: 200_000 });
    await rig.pass(200);
  }
  t.deepEqual(rig.eventsOf('wiringFault').map(detailTextOf), ['phase lost L2']);
});

/** What a meter on the bad front end of three phases sees of a line for so many seconds, captures included. */
async function watch(rig: MeterRig, mains: Mains, seconds: number): Promise<void> {
  const { phases } = TYPICAL_THREE_PHASE_FRONT_END;
  const frontEnd = new AnalogFrontEnd(TYPICAL_THREE_PHASE_FRONT_END, new Prng('watch'), mains);
  const scope = new Scope(phases, 0);
  const windows: Window[] = [];
  const kernel = new Kernel({ phases, startTime: 0 }, window => windows.push(window));
  const block = new Uint16Array(2 * phases * BLOCK);
  rig.sensor.hush();
  while (frontEnd.time < seconds * 1e6) {
    const time = frontEnd.fill(block, BLOCK);
    scope.add(block, BLOCK, time, kernel.add(block, BLOCK, time));
    const capture = scope.take();
    if (capture !== undefined) rig.sensor.captured(capture);
    for (const window of windows.splice(0)) {
      rig.sensor.asked = undefined;
      rig.sensor.window(window);
      if (rig.sensor.asked !== undefined) scope.request(rig.sensor.asked);
      await rig.pass(window.duration / 1000);
    }
  }
}

const THREE_PHASES = { phases: 3, calibration: calibrationOf({ ...TYPICAL_HARDWARE, phases: 3 }) };
const LOADS = [5, 12, 1].map(amps => sinusoidal(amps));

for (const [what, mains, texts] of [
  ['all is well', symmetric(230, 50, LOADS), []],
  ['two phases are exchanged', symmetric(230, 50, LOADS, 'reversed'), ['sequence reversed']],
  [
    'the neutral is lost',
    withoutNeutral(
      230,
      50,
      [5, 9, 4].map(amps => ({ amps, lag: 0 })),
    ),
    ['neutral lost'],
  ],
] as const)
  test(`of three phases, seen by a bad front end, where ${what}, the events are: ${texts.join(', ') || 'none'}`, async t => {
    const rig = inNode(THREE_PHASES);
    await supplied(rig);
    await watch(rig, mains, 40);
    t.deepEqual(rig.eventsOf('wiringFault').map(detailTextOf), [...texts]);
    t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), []);
  });

meterTest('distortion of voltage and current, by a capture, is in the telemetry', async (t, rigOf) => {
  const rig = rigOf({ ...THREE_PHASES, telemetryInterval: 10 });
  await supplied(rig);
  const harmonics = [{ order: 5, ratio: 0.1, degrees: 0 }];
  const { phases, ...mains } = symmetric(
    230,
    50,
    LOADS.map(() => sinusoidal(12, 0, [{ order: 3, ratio: 0.4, degrees: 0 }])),
  );
  await watch(rig, { ...mains, phases: phases.map(phase => ({ ...phase, harmonics })) }, 15);
  const telemetry = decodeTelemetry(rig.payloads('telemetry').at(-1) ?? new Uint8Array());
  if (!telemetry.ok) return t.fail();
  for (const { voltageDistortion = 0, currentDistortion = 0 } of telemetry.value.phases) {
    t.true(Math.abs(voltageDistortion - 0.1) < 0.01, `${voltageDistortion}`);
    t.true(Math.abs(currentDistortion - 0.4) < 0.02, `${currentDistortion}`);
  }
});

test('voltage with no current for days is no fault, and no energy', async t => {
  const rig = inNode({ calibration: CALIBRATION, telemetryInterval: 1e9, readingInterval: 86_400 });
  await supplied(rig);
  const before = rig.events().length;
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('days'), 0);
  const line = {
    voltage: 230,
    frequency: 50,
    phases: [{ activePower: 0, reactivePower: 0 }],
    until: Number.POSITIVE_INFINITY,
  };
  rig.sensor.hush();
  for (let time = 0; time < 2 * 86_400e6; ) {
    const window = frontEnd.next(() => line);
    time += window.duration;
    rig.sensor.window(window);
    rig.clock.advance(window.duration / 1000);
  }
  await rig.settle();
  t.is(rig.events().length, before);
  t.is(Number(rig.meter.registers?.imported), 0);
  t.is(Number(rig.meter.registers?.exported), 0);
  t.true(rig.meter.supply.closed);
});
