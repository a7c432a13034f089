import test from 'ava';
import fc from 'fast-check';
import type { Capture, SensorFault, Window } from '../../../firmware/host';
import { VirtualClock } from '../../../hosts/mock/clock';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { type RecordedWindow, TraceError, TraceReader } from '../../../hosts/mock/trace';
import { TraceSensor } from '../../../hosts/mock/trace-sensor';

/** Rows of mains at 50 Hz, 4000 a second. */
function rows(count: number, phases = 1): string[] {
  return Array.from({ length: count }, (_, row) => {
    const angle = (Math.PI * row) / 40 + 1;
    const counts = Array.from({ length: phases }, () => [
      Math.round(2048 + 1400 * Math.sin(angle)),
      Math.round(2048 + 160 * Math.sin(angle - 0.6)),
    ]);
    return [1000 + row * 250, ...counts.flat()].join(',');
  });
}

function read(...pieces: string[]) {
  const windows: RecordedWindow[] = [];
  const reader = new TraceReader(window => windows.push(window));
  for (const piece of pieces) reader.write(piece);
  reader.end();
  return { windows, phases: reader.phases, duration: reader.duration };
}

test('a trace with a header, without one, with CRLF and with empty lines gives the same windows', t => {
  const body = rows(4000);
  const plain = read(body.join('\n'));
  // The last is what was left of the text.
  t.is(plain.windows.length, 6);
  t.is(
    plain.windows.reduce((sum, { duration }) => sum + duration, 0),
    plain.duration,
  );
  t.is(plain.phases, 1);
  t.is(plain.duration, 3999 * 250);
  t.deepEqual(read(`t_us,v,i\n${body.join('\n')}\n`), plain);
  t.deepEqual(read(`t_us,v,i\r\n${body.join('\r\n')}\r\n\r\n`), plain);
});

test('a trace of three phases gives windows of three phases', t => {
  const { windows, phases } = read('t_us,v1,i1,v2,i2,v3,i3\n', rows(2000, 3).join('\n'));
  t.is(phases, 3);
  t.deepEqual(
    windows.map(window => window.phases.length),
    [3, 3, 3, 3],
  );
});

test('where the text is cut into pieces changes nothing', t => {
  const text = `t_us,v,i\n${rows(900).join('\n')}\n`;
  const whole = read(text);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 30 }), cuts => {
      const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
      t.deepEqual(read(...edges.slice(1).map((edge, k) => text.slice(edges[k], edge))), whole);
    }),
    { numRuns: 50 },
  );
});

const MALFORMED: [string, string, string][] = [
  [
    'an empty file',
    '',
    'line 1: expected a row of t_us,v,i or t_us,v1,i1,v2,i2,v3,i3, got the end of the trace',
  ],
  [
    'a header alone',
    't_us,v,i\n',
    'line 2: expected a row of t_us,v,i or t_us,v1,i1,v2,i2,v3,i3, got the end of the trace',
  ],
  ['a foreign header', 'time,volts,amps\n', 'line 1: expected the header t_us,v,i, got "time,volts,amps"'],
  ['a second header', 't_us,v,i\nt_us,v,i\n', 'line 2: expected t_us in whole microseconds, got "t_us"'],
  ['prose', 'Hello world\n', 'line 1: expected t_us,v,i or t_us,v1,i1,v2,i2,v3,i3, got "Hello world"'],
  ['a field too few', '0,1,2\n250,1\n', 'line 2: expected 3 fields (t_us,v,i), got 2 in "250,1"'],
  ['a field too many', 't_us,v,i\n0,1,2,3\n', 'line 2: expected 3 fields (t_us,v,i), got 4 in "0,1,2,3"'],
  [
    'a count that is no number',
    '0,1,2\n250,1,x\n',
    'line 2: expected i as a whole count of 0 to 65535, got "x"',
  ],
  ['an empty count', '0,,2\n', 'line 1: expected v as a whole count of 0 to 65535, got ""'],
  ['a negative count', '0,-1,2\n', 'line 1: expected v as a whole count of 0 to 65535, got "-1"'],
  ['a count beyond 16 bits', '0,1,65536\n', 'line 1: expected i as a whole count of 0 to 65535, got "65536"'],
  ['a fraction of a count', '0,1.5,2\n', 'line 1: expected v as a whole count of 0 to 65535, got "1.5"'],
  [
    'volts for counts in phase 2',
    '0,1,2,3,NaN,5,6\n',
    'line 1: expected i2 as a whole count of 0 to 65535, got "NaN"',
  ],
  ['time that stands still', '0,1,2\n\n0,1,2\n', 'line 3: expected t_us later than 0, got "0"'],
  ['time that goes back', '500,1,2\n250,1,2\n', 'line 2: expected t_us later than 500, got "250"'],
  ['time in hex', '0x10,1,2\n', 'line 1: expected t_us in whole microseconds, got "0x10"'],
  ['a line without end', 'x'.repeat(1000), `line 1: expected a row, got "${'x'.repeat(24)}…"`],
];

for (const [name, text, message] of MALFORMED) {
  test(`${name} is refused with its line, what was expected and what came`, t => {
    t.throws(() => read(text), { instanceOf: TraceError, message });
  });
}

test('whatever the text, the reader gives windows or a TraceError', t => {
  const text = fc.oneof(fc.string({ maxLength: 300 }), fc.stringMatching(/^(-?[0-9]{0,7}[,\n.e ]){0,60}$/));
  fc.assert(
    fc.property(text, content => {
      try {
        read(content);
      } catch (error) {
        if (!(error instanceof TraceError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});

function listener() {
  const windows: Window[] = [];
  const faults: SensorFault[] = [];
  const captures: Capture[] = [];
  const onMeasurement = () => {};
  return {
    windows,
    faults,
    captures,
    handlers: {
      onWindow: (window: Window) => windows.push(window),
      onMeasurement,
      onFault: (fault: SensorFault) => faults.push(fault),
      onCapture: (capture: Capture) => captures.push(capture),
    },
  };
}

test('a trace plays at its own pace and then falls silent', t => {
  const { windows } = read(rows(4000).join('\n'));
  const clock = new VirtualClock();
  const sensor = new TraceSensor(clock, windows);
  t.is(sensor.phases, 1);
  const heard = listener();
  sensor.start(heard.handlers);
  clock.advance(500);
  t.deepEqual(heard.windows, windows.slice(0, 3));
  t.deepEqual(heard.faults, []);
  clock.advance(1000);
  t.deepEqual(heard.windows, windows);
  t.deepEqual(heard.faults, ['silent']);
  t.is(clock.pending, 0);
});

test('a repeated trace begins again, and stops when told', t => {
  const { windows } = read(rows(4000).join('\n'));
  const clock = new VirtualClock();
  const sensor = new TraceSensor(clock, windows, true);
  const heard = listener();
  sensor.start(heard.handlers);
  clock.advance(10_000);
  sensor.stop();
  t.true(heard.windows.length > 50);
  t.is(heard.windows[6], windows[0]);
  t.is(clock.pending, 0);
});

test('a capture of a trace is of the last sample sets before a window ends, and comes once', t => {
  const text = rows(4000);
  const { windows } = read(text.join('\n'));
  const clock = new VirtualClock();
  const sensor = new TraceSensor(clock, windows);
  const heard = listener();
  sensor.start(heard.handlers);
  sensor.capture(256);
  clock.advance(1000);
  const [first] = windows;
  const end = (first?.samples ?? 0) + (windows[1]?.samples ?? 0);
  const counts = text.slice(end - 256, end).flatMap(row => row.split(',').slice(1).map(Number));
  t.true((first?.samples ?? 0) < 256, 'the first window is too short');
  t.deepEqual(heard.captures, [{ counts: Uint16Array.from(counts), samplePeriod: 250 }]);
  t.throws(() => sensor.capture(257), { instanceOf: RangeError });
});

test('samples that a trace lacks are a gap, and in no capture', t => {
  const text = rows(4000).filter((_, row) => row < 2000 || row >= 2100);
  const { windows } = read(text.join('\n'));
  const gaps = windows.filter(({ gap }) => gap > 0);
  t.deepEqual(
    gaps.map(({ gap, cycles }) => [gap, cycles]),
    [[25_000, 0]],
  );
  const [{ tail, samples } = { tail: undefined, samples: 0 }] = gaps;
  t.true((tail?.counts.length ?? 0) / 2 < samples);
});

test('a trace without a whole window cannot be played', t => {
  t.throws(() => new TraceSensor(new VirtualClock(), []), { instanceOf: RangeError });
});

test('a scripted sensor passes on what it is handed, while somebody listens', t => {
  const sensor = new ScriptedSensor(3);
  const [window] = read(rows(900).join('\n')).windows;
  if (window === undefined) return t.fail();
  t.is(sensor.phases, 3);
  t.throws(() => sensor.window(window), { message: /expected to be started/ });
  const heard = listener();
  sensor.start(heard.handlers);
  sensor.window(window);
  sensor.fault('gap');
  t.deepEqual(heard.windows, [window]);
  t.deepEqual(heard.faults, ['gap']);
  sensor.capture(80);
  t.is(sensor.asked, 80);
  const capture = { counts: new Uint16Array(480), samplePeriod: 250 };
  sensor.captured(capture);
  t.deepEqual(heard.captures, [capture]);
  sensor.stop();
  t.false(sensor.started);
});
