import test from 'ava';
import type { Capture, SensorFault, Window } from '../../../../firmware/host';
import { EnergyAccumulator } from '../../../../firmware/metrology/energy';
import { Metrology } from '../../../../firmware/metrology/metrology';
import { TYPICAL_ESP32_FRONT_END } from '../../../../hosts/mock/analog/hardware';
import { VirtualClock } from '../../../../hosts/mock/clock';
import type { Line } from '../../../../hosts/mock/front-end';
import { FrontEndSensor } from '../../../../hosts/mock/front-end-sensor';
import { Prng } from '../../../../hosts/mock/prng';
import { calibrateFrontEnd } from '../../../../simulator/calibrate-front-end';

const line = (voltage: number, activePower: number, reactivePower: number, until: number): Line => ({
  voltage,
  frequency: voltage === 0 ? 0 : 50.1,
  phases: [{ activePower, reactivePower }],
  until,
});

function sensorOn(world: (time: number) => Line, clock: VirtualClock): FrontEndSensor {
  const hardware = TYPICAL_ESP32_FRONT_END;
  return new FrontEndSensor({ clock, world, hardware, prng: new Prng('windows'), fidelity: 'real' });
}

test('a house on a real front end, calibrated as a person does it, is metered within a fifth of a percent', t => {
  const clock = new VirtualClock();
  const metrology = new Metrology(
    calibrateFrontEnd(TYPICAL_ESP32_FRONT_END, 230, 50, new Prng('calibration')),
  );
  const accumulator = new EnergyAccumulator();
  const sensor = sensorOn(time => {
    const turn = Math.floor(time / 4e6);
    const until = (turn + 1) * 4e6;
    return turn % 2 === 0 ? line(228, 2500, 400, until) : line(233, 300, 520, until);
  }, clock);
  let energy = 0;
  sensor.start({
    onWindow: window => {
      energy += accumulator.accumulate(metrology.take(window)).imported;
    },
    onMeasurement: () => t.fail(),
    onFault: fault => t.fail(fault),
    onCapture: () => t.fail(),
  });
  clock.advance(80_000);
  sensor.stop();
  const truth = (1400 * 80) / 3.6;
  // The last window is not over yet, and a load steps within a window by half a cycle at most.
  t.true(Math.abs(energy / truth - 1) < 0.005, `${energy} mWh, not ${truth}`);
});

test('it tells of an outage and of clipping, and gives the samples that are asked for', t => {
  const clock = new VirtualClock();
  const faults: SensorFault[] = [];
  const captures: Capture[] = [];
  const windows: Window[] = [];
  const sensor = sensorOn(time => {
    const until = Math.floor(time / 1e6 + 1) * 1e6;
    if (time < 2e6) return line(230, 1000, 0, until);
    return time < 4e6 ? line(0, 1000, 0, until) : line(230, 40_000, 0, until);
  }, clock);
  sensor.start({
    onWindow: window => windows.push(window),
    onMeasurement: () => t.fail(),
    onFault: fault => faults.push(fault),
    onCapture: capture => captures.push(capture),
  });
  sensor.capture(200);
  clock.advance(6000);
  sensor.stop();
  t.deepEqual(faults, ['no-mains', 'saturation']);
  const [capture] = captures;
  t.is(captures.length, 1);
  t.is(capture?.counts.length, 400);
  t.true(Math.abs((capture?.samplePeriod ?? 0) - 100) < 1);
  t.true(windows.some(({ cycles }) => cycles === 10));
});
