import test from 'ava';
import fc from 'fast-check';
import { TraceError } from '../../hosts/mock/trace';
import { RecordingError, RecordingReader } from '../../simulator/calibration-recording';
import { plain, recordTrace, recordWindows } from '../support/recorded-load';

const FLOW = { volts: 230, amps: 5 };
const TRACE = recordTrace(FLOW, { seconds: 1 });
const WINDOWS = recordWindows(FLOW, { seconds: 1 });
const PRINTED = ['> windows 4', ...WINDOWS.map(window => JSON.stringify(window)), '{"windows":5}', '> '].join(
  '\r\n',
);

function read(...pieces: string[]) {
  const reader = new RecordingReader();
  for (const piece of pieces) reader.write(piece);
  return reader.end();
}

test('a trace and what the console printed of the same samples are the same windows, wherever they are cut', t => {
  fc.assert(
    fc.property(fc.constantFrom(TRACE, PRINTED), fc.nat(5000), fc.nat(5000), (text, first, more) => {
      const pieces = [text.slice(0, first), text.slice(first, first + more), text.slice(first + more)];
      const { windows } = read(...pieces);
      // The first begins with the first row of a trace, one sample later.
      // Its last is what is left when the text ends, which no console tells.
      const whole = windows.filter(({ cycles }) => cycles > 0);
      t.deepEqual(whole.map(plain), WINDOWS.slice(1));
    }),
    { numRuns: 30 },
  );
});

test('conversions at an end of the range are counted for each phase, of 12 bits or of 16', t => {
  const clipped = TRACE.replaceAll(/,(3[34]\d\d),/g, ',4095,');
  const [atTop = 0, ofCurrent] = read(clipped).clipped;
  t.true(atTop > 100, `${atTop}`);
  t.is(ofCurrent, 0);
  t.deepEqual(read(TRACE).clipped, [0, 0, 0]);
  // Greater counts: 4095 is no end.
  t.is(read(`${clipped}2000000,5000,2048\n`).clipped[0], 0);
  t.is(read(`${TRACE}2000000,0,2048\n2000250,65535,2048\n`).clipped[0], 2);
});

test('what is behind the end that the console told does not matter', t => {
  t.is(read(`${PRINTED}status\r\n{"phases":`).windows.length, WINDOWS.length);
});

test('whatever the text, it is a recording or an error of one line', t => {
  const line = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom(...PRINTED.split('\r\n'), '0,1,2', '250,1,2'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), lines => {
      try {
        return read(lines.join('\n')).windows.length > 0;
      } catch (error) {
        if (!(error instanceof RecordingError || error instanceof TraceError)) throw error;
        return !error.message.includes('\n');
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});
