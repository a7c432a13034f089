import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Command } from 'commander';
import { addressText } from '../../firmware/attest/address';
import type { Broker } from '../../firmware/link/uplink';
import { Meter, type MeterOptions } from '../../firmware/meter';
import { MockRelay } from '../../hosts/mock/relay';
import { RealClock } from '../../hosts/node/clock';
import { type NodeHost, type NodeHostParts, openNodeHost } from '../../hosts/node/node-host';
import { keptBroker, keptLocation } from '../../hosts/node/settings';
import { buildImage } from '../../hosts/xs/image';
import { type MeterSurface, XsMeter } from '../../hosts/xs/xs-meter';
import { Failure, UsageError } from '../errors';
import { DAY } from '../house/time';
import { qrCode } from './address';
import { LinkWatch } from './link-watch';
import { meterBroker, type TlsChoice } from './meter-broker';
import { type CalibratedSensor, loadSensor, traceSensor } from './meter-sensor';
import { statusLine, statusOf } from './meter-status';
import { brokerOption, keyHashOption, positiveOption, wattsOption } from './options';
import { type Print, printLine } from './print';

/** ms between two looks for a link document */
const LINK_INTERVAL = 1000;
const FASTEST = 1000;

interface MeterCommandOptions extends TlsChoice {
  readonly state: string;
  readonly broker?: string;
  readonly trace?: string;
  readonly load?: number;
  readonly calibration?: string;
  readonly speed: number;
  readonly status: number;
  readonly json?: true;
  readonly bench?: true;
  readonly xs?: string | true;
}

/** `m3ter meter`: one meter on this computer, in real time, whose state survives whatever ends it. */
export function meterCommand(print: Print = printLine): Command {
  return new Command('meter')
    .description(
      'Run one meter in real time; Ctrl-C ends it, and it may be killed at any moment. A line `ask` on its input ' +
        'asks for supply, as the button of a board does: it arms what waits for that, or takes the emergency credit.',
    )
    .requiredOption('--state <dir>', 'where its flash and its secret are kept; made when it is not there')
    .option('--broker <url>', 'report to, and obey, mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', brokerOption)
    .option('--ca <file>', 'PEM of the only authority to trust for mqtts')
    .option(
      '--key-hash <hex>',
      "for mqtts: SHA-256 of the public key of the broker's certificate",
      keyHashOption,
    )
    .option('--cert <file>', 'for mqtts: PEM of the certificate that the meter shows')
    .option('--cert-key <file>', 'PEM of its private key')
    .option('--load <watts>', 'measure a simulated load, drawn while the relay is closed', wattsOption)
    .option('--trace <file>', 'measure recorded ADC samples, over and over')
    .option('--calibration <file>', 'of the trace; default: the typical front end')
    .option('--speed <n>', 'simulated seconds per second', positiveOption(FASTEST), 1)
    .option('--status <seconds>', 'print a status line so often', positiveOption(DAY), 1)
    .option('--json', 'print each status line as JSON')
    .option('--bench', 'supply as long as it is not linked, whatever its balance: never in a household')
    .option('--xs [program]', 'run the firmware on XS: a bare engine, or what npm run build:xs made')
    .action((options: MeterCommandOptions) => run(options, print));
}

/** Until a signal ends it. */
async function run(options: MeterCommandOptions, print: Print): Promise<void> {
  const end = interrupted();
  const broker = meterBroker(options.broker, options);
  const clock = new RealClock({ speed: options.speed });
  const relay = new MockRelay();
  const { sensor, calibration } = openSensor(options, clock, relay);
  const host = openHost(options.state, { clock, relay, sensor });
  const make = await makerFor(host, options.xs);
  const { bench } = options;
  let told: Broker | undefined;
  const begin = () => {
    told = broker ?? keptBroker(options.state);
    const position = keptLocation(options.state);
    const begun = make({
      calibration,
      ...(told && { broker: told }),
      ...(position && { position }),
      ...(bench && { bench }),
    });
    begun.start();
    return begun;
  };
  let meter = begin();
  introduce(host, meter);
  const links = new LinkWatch(host.crypto, options.state, {
    meter: () => meter,
    // A meter learns of its broker when it starts.
    onTaken: ({ broker: news }) => {
      if (broker !== undefined || news === undefined || JSON.stringify(news) === JSON.stringify(told)) return;
      endMeter(meter);
      meter = begin();
    },
    onFault: complain,
  });
  const report = () => {
    const status = statusOf(meter, clock.now());
    print(options.json ? JSON.stringify(status) : statusLine(status));
  };
  links.look();
  report();
  const timers = [setInterval(() => links.look(), LINK_INTERVAL), setInterval(report, options.status * 1000)];
  const input = listenForAsking(() => meter);
  await end;
  input.close();
  for (const timer of timers) clearInterval(timer);
  endMeter(meter);
  host.close();
}

function endMeter(meter: MeterSurface): void {
  meter.stop();
  if (meter instanceof XsMeter) meter.kill();
}

/** What makes meters. @throws Failure when there is no such engine, or none can be made */
async function makerFor(
  host: NodeHost,
  xs: string | true | undefined,
): Promise<(options: MeterOptions) => MeterSurface> {
  if (xs === undefined) return options => new Meter(host, options);
  try {
    if (xs !== true && !existsSync(xs))
      throw new Error(`expected a program that build:xs made, found no ${xs}`);
    const image = xs === true ? await buildImage() : { engine: xs, firmware: '' };
    return options => {
      try {
        return new XsMeter(image, host, options);
      } catch (error) {
        throw noEngine(host, error);
      }
    };
  } catch (error) {
    throw noEngine(host, error);
  }
}

function noEngine(host: NodeHost, error: unknown): Failure {
  host.close();
  return new Failure(`--xs: ${(error as Error).message}`);
}

function openSensor(options: MeterCommandOptions, clock: RealClock, relay: MockRelay): CalibratedSensor {
  const { load, trace, calibration } = options;
  if (calibration !== undefined && trace === undefined)
    throw new UsageError('--calibration: expected a --trace that it is of, got none');
  if (load !== undefined && trace === undefined) return loadSensor(clock, relay, load);
  if (trace !== undefined && load === undefined) return traceSensor(clock, trace, calibration);
  throw new UsageError(`expected either --load or --trace, got ${load === undefined ? 'neither' : 'both'}`);
}

/** @throws Failure when the directory is in use or cannot be, or holds what is no meter's */
function openHost(directory: string, parts: NodeHostParts): NodeHost {
  let host: NodeHost | undefined;
  try {
    host = openNodeHost(directory, parts);
    // without its secret a meter can do nothing at all
    host.secrets.seed();
    return host;
  } catch (error) {
    host?.close();
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(
      code === undefined ? message : `${directory}: expected a directory to keep state in, got ${code}`,
    );
  }
}

function introduce({ crypto }: NodeHost, { address, fault }: MeterSurface): void {
  const text = address && addressText(crypto, address);
  if (text !== undefined) process.stderr.write(`device ${text}\n`);
  // for whoever stands before it with a phone
  if (text !== undefined && process.stderr.isTTY) process.stderr.write(`${qrCode(text)}\n`);
  if (fault !== undefined) complain(`expected a sound meter, got ${fault}: the supply stays off`);
}

/** Lines on the input, from a person or a pipe. */
function listenForAsking(meter: () => MeterSurface): Interface {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', line => {
    if (line.trim() !== 'ask') return;
    const asked = meter().ask();
    process.stderr.write(`ask: ${asked.ok ? asked.value : asked.fault}\n`);
  });
  return lines;
}

function complain(message: string): void {
  process.stderr.write(`error: ${message}\n`);
}

function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
