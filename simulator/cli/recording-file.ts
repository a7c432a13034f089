import { constants, createReadStream, openSync, statSync, writeSync } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';
import { TraceError } from '../../hosts/mock/trace';
import { type Recording, RecordingError, RecordingReader } from '../calibration-recording';
import { Failure } from '../errors';
import { unreadable } from './files';

/** ms without a byte from a board, which has a window to tell every 0.2 s, after which it is taken to be silent. */
const PATIENCE = 10_000;

/**
 * A recording from a file, from standard input (`-`), or live from a board's console at a serial device, which is asked
 * for so many windows.
 * @throws Failure that names the file, and the line where it is malformed
 */
export async function readRecording(file: string, windows: number): Promise<Recording> {
  const reader = new RecordingReader();
  try {
    for await (const chunk of sourceOf(file, windows)) {
      reader.write(String(chunk));
      if (reader.isComplete) break;
    }
    return reader.end();
  } catch (error) {
    if (error instanceof TraceError || error instanceof RecordingError)
      throw new Failure(`${file}: ${error.message}`);
    throw error instanceof Error && 'code' in error ? unreadable('recording', file, error) : error;
  }
}

function sourceOf(file: string, windows: number): AsyncIterable<unknown> {
  if (file === '-') return process.stdin.setEncoding('utf8');
  if (!statSync(file).isCharacterDevice()) return createReadStream(file, 'utf8');
  const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
  const device = openSync(file, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (!isatty(device)) throw new Failure(`${file}: expected a file or a serial device, got another device`);
  return consoleLines(file, device, windows);
}

/** Asks the console, whatever stands in its line by now (Ctrl-C). */
function consoleLines(file: string, device: number, windows: number): AsyncIterable<unknown> {
  const stream = new ReadStream(device).setEncoding('utf8').setRawMode(true);
  stream.setTimeout(PATIENCE, () =>
    stream.destroy(new Failure(`${file}: expected windows, got nothing for ${PATIENCE / 1000} s`)),
  );
  writeSync(device, `\x03windows ${windows}\r`);
  return stream;
}
