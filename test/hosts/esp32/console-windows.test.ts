import test from 'ava';
import type { Sensor } from '../../../firmware/host';
import { windowsCommand } from '../../../hosts/esp32/console-windows';
import { WindowTap } from '../../../hosts/esp32/window-tap';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { RecordingReader } from '../../../simulator/calibration-recording';
import { recordWindows } from '../../support/recorded-load';
import { consoleRig } from './console-rig';

const WINDOWS = recordWindows({ volts: 230, amps: 5 }, { phases: 3, seconds: 3 });

/** What the board has printed since the command, lines without their ends. */
const linesOf = (text: string) => text.split('\r\n').slice(1);

test('the next windows are printed as they come, a line of JSON each, and then how many they were', async t => {
  const { terminal, sampling, rig } = await consoleRig();
  let text = terminal.type('windows 3\r');
  const start = terminal.seen.length;
  for (const window of WINDOWS.slice(0, 5)) {
    sampling.window(window);
    rig.clock.advance(200);
  }
  text += Buffer.from(terminal.seen.slice(start)).toString();
  t.deepEqual(linesOf(text), [
    ...WINDOWS.slice(0, 3).map(window => JSON.stringify(window)),
    '{"windows":3}',
    '> ',
  ]);
  t.true(terminal.type('settings\r').includes('wifi'));
});

test('what the console prints, echo and prompt and all, is what m3ter calibrate reads', async t => {
  const { terminal, sampling, rig } = await consoleRig();
  terminal.type('windows 4\r\n');
  for (const window of WINDOWS.slice(0, 4)) {
    sampling.window(window);
    rig.clock.advance(200);
  }
  const reader = new RecordingReader();
  reader.write(terminal.text);
  t.true(reader.isComplete);
  t.deepEqual(reader.end().windows, WINDOWS.slice(0, 4));
});

test('a key ends it, and what was waiting is printed all the same', async t => {
  const { terminal, sampling } = await consoleRig();
  terminal.type('windows 100\r');
  // What some terminals send behind a return is no key.
  terminal.type('\n');
  for (const window of WINDOWS.slice(0, 2)) sampling.window(window);
  const text = terminal.type('q');
  t.deepEqual(text.split('\r\n').slice(-2), ['{"windows":2}', '> ']);
  const before = terminal.seen.length;
  sampling.window(WINDOWS[3] as (typeof WINDOWS)[number]);
  terminal.type('\r');
  t.is(terminal.seen.length, before + 4);
});

test('a line that is too slow for every window gets fewer, each of them whole', async t => {
  const { terminal, sampling, rig } = await consoleRig();
  terminal.type('windows 12\r');
  for (let k = 0; k < 3; k++) {
    for (const window of WINDOWS.slice(0, 12)) sampling.window(window);
    rig.clock.advance(1000);
  }
  const reader = new RecordingReader();
  reader.write(terminal.text);
  t.true(reader.isComplete);
  t.is(reader.end().windows.length, 12);
});

test('the end is told even when there was no room for more', async t => {
  const { terminal, sampling } = await consoleRig();
  terminal.type('windows 100\r');
  for (let k = 0; k < 400; k++) sampling.fault('gap');
  t.true(terminal.type('q').endsWith('{"fault":"gap"}\r\n{"windows":0}\r\n> '));
});

test("a sensor's fault is told among the windows", async t => {
  const { terminal, sampling, rig } = await consoleRig();
  terminal.type('windows 10\r');
  sampling.fault('saturation');
  rig.clock.advance(100);
  t.true(terminal.text.endsWith('windows 10\r\n{"fault":"saturation"}\r\n'));
});

test('no number, one too large, and a chip that measures by itself are told in a line', async t => {
  const { terminal } = await consoleRig();
  t.is(linesOf(terminal.type('windows\r'))[0], 'windows: expected 1 to 3000, got nothing');
  for (const words of ['0', '3001', '1 2', '1e3', '-1'])
    t.is(linesOf(terminal.type(`windows ${words}\r`))[0], `windows: expected 1 to 3000, got ${words}`);
  const chip: Sensor = { phases: 1, start() {}, stop() {} };
  t.deepEqual(windowsCommand(new WindowTap(chip)).run(['3'], '3'), [
    'windows: expected a sensor that samples, got a chip that measures by itself',
  ]);
});

test('the meter hears of a window before the console does, and of all else as without it', t => {
  const sensor = Object.assign(new ScriptedSensor(3), {
    capture: (sets: number) => heard.push(`asked ${sets}`),
  });
  const heard: string[] = [];
  const tap = new WindowTap(sensor);
  t.is(tap.phases, 3);
  tap.listen({ onWindow: () => heard.push('console'), onFault: fault => heard.push(`console ${fault}`) });
  tap.start({
    onWindow: () => heard.push('meter'),
    onMeasurement: () => heard.push('measurement'),
    onFault: fault => heard.push(`meter ${fault}`),
    onCapture: () => heard.push('capture'),
  });
  const [window] = WINDOWS;
  if (window !== undefined) sensor.window(window);
  sensor.fault('gap');
  sensor.measurement({ phases: [], frequency: 50, duration: 1 });
  tap.capture?.(7);
  t.deepEqual(heard, ['meter', 'console', 'meter gap', 'console gap', 'measurement', 'asked 7']);
  tap.stop();
  t.false(sensor.started);
});
