import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { LINK_FILE } from '../../hosts/link-document';
import { writeFileAtomically } from '../../hosts/node/atomic-file';
import { Failure, UsageError } from '../errors';
import { askConsole } from '../serial-console';
import { wholeNumberOption } from './options';
import type { Print } from './print';

/** How a document gets to its meter: just one of the first three. */
export interface Destination {
  readonly out?: string;
  readonly state?: string;
  readonly serial?: string;
  readonly baud: number;
}

const FASTEST = 4_000_000;

export function destinationOptions(command: Command): Command {
  return command
    .option('--out <file>', 'write it to a file, for a person to carry')
    .option('--state <dir>', 'put it into the state directory of a meter on this computer')
    .option('--serial <path>', 'type it at the console of a board on this serial line, as /dev/ttyUSB0')
    .option('--baud <n>', 'of the serial line', wholeNumberOption(300, FASTEST), 9600);
}

/**
 * Brings a provisioning document to its meter, or into a file that only its owner may read: it may hold a password.
 * @param what it makes of the meter, for whoever reads along
 * @throws UsageError when there is not one destination, Failure when it does not get there
 */
export async function deliverDocument(
  destination: Destination,
  text: string,
  what: string,
  print: Print,
): Promise<void> {
  const { serial, baud } = destination;
  const path = fileOf(destination, LINK_FILE);
  if (path !== undefined) {
    writeFile(path, text);
    print(`${path}: ${what}`);
    return;
  }
  await tell(serial as string, baud, `link\n${text}`, answer => answer.startsWith('linked to '), print);
}

/** The same for one line of hex, which a console takes behind the name of its command. */
export async function deliverHex(
  destination: Destination,
  { command, file }: { readonly command: string; readonly file: string },
  hex: string,
  print: Print,
): Promise<void> {
  const path = fileOf(destination, file);
  if (path !== undefined) {
    writeFile(path, `${hex}\n`);
    print(`${path}: ${hex.length / 2} bytes`);
    return;
  }
  const { serial, baud } = destination;
  const isDone = (answer: string) => !answer.includes('refused') && !answer.includes('expected');
  await tell(serial as string, baud, `${command} ${hex}\n`, isDone, print);
}

/** Undefined where it goes over a serial line. */
function fileOf({ out, state, serial }: Destination, name: string): string | undefined {
  const given = [out, state, serial].filter(place => place !== undefined);
  if (given.length !== 1)
    throw new UsageError(`expected one of --out, --state and --serial, got ${given.length}`);
  return state === undefined ? out : join(state, name);
}

function writeFile(path: string, text: string): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileAtomically(path, new TextEncoder().encode(text), 0o600);
  } catch (error) {
    throw new Failure(`${path}: expected a writable file, got ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** @throws Failure with what the meter has answered when that is no yes */
async function tell(
  path: string,
  baud: number,
  text: string,
  isDone: (answer: string) => boolean,
  print: Print,
): Promise<void> {
  const [answer = '', ...more] = await askConsole(path, baud, text);
  if (!isDone(answer)) throw new Failure(`${path}: expected a meter that takes it, got ${answer}`);
  for (const line of [answer, ...more]) print(line);
}
