import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addressText } from '../../firmware/attest/address';
import type { Crypto } from '../../firmware/host';
import type { Broker } from '../../firmware/link/uplink';
import { Meter } from '../../firmware/meter';
import { MockRelay } from '../../hosts/mock/relay';
import { RealClock } from '../../hosts/node/clock';
import { type NodeHost, type NodeHostParts, openNodeHost } from '../../hosts/node/node-host';
import { LINK_FILE, parseLinkDocument } from '../link-document';
import { Failure, UsageError } from './errors';
import { readTextFile } from './files';
import { type CalibratedSensor, loadSensor, traceSensor } from './meter-sensor';
import { statusLine, statusOf } from './meter-status';
import { brokerOption, positiveOption, wattsOption } from './options';
import { type Print, printLine } from './print';

/** ms between two looks for a link document */
const LINK_INTERVAL = 1000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

interface MeterCommandOptions {
  readonly state: string;
  readonly broker?: string;
  readonly ca?: string;
  readonly trace?: string;
  readonly load?: number;
  readonly calibration?: string;
  readonly speed: number;
  readonly status: number;
  readonly json?: true;
}

/** `m3ter meter`: one meter on this computer, in real time, whose state survives whatever ends it. */
export function meterCommand(print: Print = printLine): Command {
  return new Command('meter')
    .description('Run one meter in real time; Ctrl-C ends it, and it may be killed at any moment.')
    .requiredOption('--state <dir>', 'where its flash and its secret are kept; made when it is not there')
    .option('--broker <url>', 'report to, and obey, mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', brokerOption)
    .option('--ca <file>', 'PEM of the only authority to trust for mqtts')
    .option('--load <watts>', 'measure a simulated load, drawn while the relay is closed', wattsOption)
    .option('--trace <file>', 'measure recorded ADC samples, over and over')
    .option('--calibration <file>', 'of the trace; default: the typical front end')
    .option('--speed <n>', 'simulated seconds per second', positiveOption, 1)
    .option('--status <seconds>', 'print a status line so often', positiveOption, 1)
    .option('--json', 'print each status line as JSON')
    .action((options: MeterCommandOptions) => run(options, print));
}

async function run(options: MeterCommandOptions, print: Print): Promise<void> {
  const broker = options.broker === undefined ? undefined : brokerAt(options.broker, options.ca);
  const clock = new RealClock({ speed: options.speed });
  const relay = new MockRelay();
  const { sensor, calibration } = openSensor(options, clock, relay);
  const host = openHost(options.state, { clock, relay, sensor });
  const meter = openMeter(host, { calibration, ...(broker && { broker }) });
  introduce(host, meter);
  meter.start();
  const linker = new Linker(host.crypto, meter, options.state);
  const report = () => {
    const now = statusOf(meter, clock.now());
    print(options.json ? JSON.stringify(now) : statusLine(now));
  };
  linker.look();
  report();
  const timers = [
    setInterval(() => linker.look(), LINK_INTERVAL),
    setInterval(report, options.status * 1000),
  ];
  await interrupted();
  for (const timer of timers) clearInterval(timer);
  meter.stop();
  host.close();
}

function openSensor(options: MeterCommandOptions, clock: RealClock, relay: MockRelay): CalibratedSensor {
  const { load, trace, calibration } = options;
  if (load !== undefined && trace === undefined) return loadSensor(clock, relay, load);
  if (trace !== undefined && load === undefined) return traceSensor(clock, trace, calibration);
  throw new UsageError(`expected either --load or --trace, got ${load === undefined ? 'neither' : 'both'}`);
}

function openHost(directory: string, parts: NodeHostParts): NodeHost {
  try {
    return openNodeHost(directory, parts);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

/** A seed file that is none is the one thing about which a meter can do nothing at all. */
function openMeter(host: NodeHost, options: ConstructorParameters<typeof Meter>[1]): Meter {
  try {
    return new Meter(host, options);
  } catch (error) {
    host.close();
    throw new Failure((error as Error).message);
  }
}

function introduce({ crypto }: NodeHost, { address, fault }: Meter): void {
  if (address !== undefined) process.stderr.write(`device ${addressText(crypto, address)}\n`);
  if (fault !== undefined) complain(`expected a sound meter, got ${fault}: the supply stays off`);
}

/** Waits for a link document to be put into the state directory, and shows it to the meter once. */
class Linker {
  readonly #crypto: Crypto;
  readonly #meter: Meter;
  readonly #path: string;
  #shown: string | undefined;

  constructor(crypto: Crypto, meter: Meter, directory: string) {
    this.#crypto = crypto;
    this.#meter = meter;
    this.#path = join(directory, LINK_FILE);
  }

  /** A document that is refused is complained about, and looked at again when it has changed. */
  look(): void {
    if (this.#meter.m3terId !== undefined || !existsSync(this.#path)) return;
    try {
      const text = readTextFile('link document', this.#path);
      if (text === this.#shown) return;
      this.#shown = text;
      const linked = this.#meter.link(parseLinkDocument(this.#crypto, text, this.#path));
      if (!linked.ok) complain(`${this.#path}: expected a link that the meter takes, got ${linked.fault}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(error.message);
    }
  }
}

function complain(message: string): void {
  process.stderr.write(`error: ${message}\n`);
}

function brokerAt(text: string, authorityFile: string | undefined): Broker {
  const { protocol, hostname, port } = new URL(text);
  const broker = { host: hostname, port: Number(port || DEFAULT_PORTS[protocol]) };
  if (protocol !== 'mqtts:') return broker;
  return {
    ...broker,
    tls: authorityFile === undefined ? {} : { authority: readTextFile('authority', authorityFile) },
  };
}

function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
