import type {
  Capture,
  Crypto,
  Flash,
  FlashRegion,
  Host,
  Measurement,
  NetworkFault,
  PhaseMeasurement,
  PhaseSums,
  RestartCause,
  Sensor,
  SensorFault,
  SensorHandlers,
  Socket,
  SocketOptions,
  TamperSwitch,
  Timer,
  Update,
  Window,
} from '../../../firmware/host';
import type { Value } from '../values';

/** Asks the other side of the pipe and waits for its answer. */
export type Ask = (port: string, ...args: readonly Value[]) => Value;

/** Ports that are on the other side of the pipe: each call asks there, and what happens there comes by `tell`. */
export class RemoteHost implements Host {
  readonly sensor: Sensor;
  readonly relay;
  readonly flash: Flash;
  readonly secrets;
  readonly clock;
  readonly crypto: Crypto;
  readonly network;
  readonly indicator;
  readonly watchdog;
  readonly tamper?: TamperSwitch;
  readonly powerWatch;
  readonly update?: Update;
  readonly restart?: RestartCause;
  readonly #ask: Ask;
  #handlers: SensorHandlers | undefined;
  readonly #timers = new Map<number, () => void>();
  readonly #sockets = new Map<number, SocketOptions>();
  #made = 0;
  #onPowerFailing: (() => void) | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
    this.sensor = {
      phases: ask('phases') as number,
      start: (handlers: SensorHandlers) => {
        this.#handlers = handlers;
        ask('start');
      },
      stop: () => void ask('stop'),
      ...((ask('captures') as boolean) && { capture: (sets: number) => void ask('capture', sets) }),
    };
    this.relay = {
      close: () => void ask('relay', true),
      open: () => void ask('relay', false),
      ...((ask('reads-back') as boolean) && { isClosed: () => ask('is-closed') as boolean }),
    };
    this.flash = { ledger: region(ask, 'ledger'), log: region(ask, 'log') };
    this.secrets = { seed: () => ask('seed') as Uint8Array };
    this.clock = {
      monotonic: () => ask('monotonic') as number,
      now: () => ask('now') as number | undefined,
      after: (milliseconds: number, callback: () => void) => this.#after(milliseconds, callback),
    };
    this.crypto = {
      random: length => ask('random', length) as Uint8Array,
      sha256: message => ask('sha256', message) as Uint8Array,
      sha512: message => ask('sha512', message) as Uint8Array,
      keccak256: message => ask('keccak256', message) as Uint8Array,
      sign: (digest, privateKey) => ask('sign', digest, privateKey) as Uint8Array,
      recover: (digest, signature) => ask('recover', digest, signature) as Uint8Array | undefined,
    };
    this.network = { open: (options: SocketOptions) => this.#open(options) };
    this.indicator = { show: (display: object) => void ask('show', JSON.stringify(display)) };
    this.watchdog = { feed: () => void ask('feed') };
    if (ask('has-tamper') as boolean) this.tamper = { isOpen: () => ask('tamper') as boolean };
    this.powerWatch = {
      start: (onFailing: () => void) => {
        this.#onPowerFailing = onFailing;
        ask('watch-power');
      },
    };
    const version = ask('update', 'version') as number | undefined;
    if (version !== undefined) this.update = remoteUpdate(ask, version);
    const restart = ask('restart') as RestartCause | undefined;
    if (restart !== undefined) this.restart = restart;
  }

  /** Something happened on the other side. */
  tell(event: string, args: readonly Value[]): void {
    const [id, detail] = args;
    if (event === 'timer') this.#fire(id as number);
    else if (event === 'power-failing') this.#onPowerFailing?.();
    else if (event === 'window') this.#handlers?.onWindow(windowOf(args as number[]));
    else if (event === 'measurement') this.#handlers?.onMeasurement(measurementOf(args as number[]));
    else if (event === 'fault') this.#handlers?.onFault(id as SensorFault);
    else if (event === 'capture') this.#handlers?.onCapture(captureOf(id as number, detail as Uint8Array));
    else if (event === 'readable') this.#sockets.get(id as number)?.onReadable(detail as number);
    else if (event === 'writable') this.#sockets.get(id as number)?.onWritable(detail as number);
    else if (event === 'error') this.#sockets.get(id as number)?.onError(detail as NetworkFault);
    else throw new Error(`tell: expected an event, got ${event}`);
  }

  #after(milliseconds: number, callback: () => void): Timer {
    const id = ++this.#made;
    this.#timers.set(id, callback);
    this.#ask('after', id, milliseconds);
    return { cancel: () => void (this.#timers.delete(id) && this.#ask('cancel', id)) };
  }

  #fire(id: number): void {
    const callback = this.#timers.get(id);
    this.#timers.delete(id);
    callback?.();
  }

  #open(options: SocketOptions): Socket {
    const id = ++this.#made;
    this.#sockets.set(id, options);
    const { host, port, tls } = options;
    this.#ask('open', id, host, port, tls !== undefined, ...TLS_TEXTS.map(name => tls?.[name]));
    return {
      read: limit => this.#ask('read', id, limit) as Uint8Array | undefined,
      write: bytes => void this.#ask('write', id, bytes),
      close: () => void (this.#sockets.delete(id) && this.#ask('close', id)),
    };
  }
}

function remoteUpdate(ask: Ask, version: number): Update {
  return {
    version,
    get isOnTrial() {
      return ask('update', 'isOnTrial') as boolean;
    },
    begin: size => ask('update', 'begin', size) as boolean,
    write: piece => ask('update', 'write', piece) as boolean,
    digest: () => ask('update', 'digest') as Uint8Array,
    finish: () => ask('update', 'finish') as boolean,
    abandon: () => void ask('update', 'abandon'),
    confirm: () => ask('update', 'confirm') as boolean,
    rollBack: () => void ask('update', 'rollBack'),
    restart: () => void ask('update', 'restart'),
  };
}

function region(ask: Ask, name: string): FlashRegion {
  return {
    size: ask('flash-size', name) as number,
    sectorSize: ask('flash-sector', name) as number,
    read: (offset, length) => ask('flash-read', name, offset, length) as Uint8Array,
    write: (offset, bytes) => ask('flash-write', name, offset, bytes) as boolean,
    erase: sector => ask('flash-erase', name, sector) as boolean,
  };
}

/** What TLS is told, in this order. */
export const TLS_TEXTS = ['authority', 'keyHash', 'certificate', 'privateKey'] as const;
const SUMS = ['v', 'i', 'vEarlier', 'iEarlier', 'vv', 'ii', 'vi', 'vEarlierI', 'vIEarlier'] as const;
const QUANTITIES = [
  'voltage',
  'current',
  'activePower',
  'reactivePower',
  'apparentPower',
  'powerFactor',
] as const;

/** The numbers of a window in the order of its fields, those of its phases last. */
export function windowNumbers({ samples, cycles, duration, cycleSpan, gap, phases }: Window): number[] {
  return [
    samples,
    cycles,
    duration,
    cycleSpan,
    gap,
    ...phases.flatMap(phase => SUMS.map(name => phase[name])),
  ];
}

function windowOf([
  samples = 0,
  cycles = 0,
  duration = 0,
  cycleSpan = 0,
  gap = 0,
  ...sums
]: number[]): Window {
  return { samples, cycles, duration, cycleSpan, gap, phases: records<PhaseSums>(SUMS, sums) };
}

/** @param bytes of 16-bit counts; both sides of the pipe are little-endian */
function captureOf(samplePeriod: number, bytes: Uint8Array): Capture {
  return { counts: new Uint16Array(bytes.slice().buffer), samplePeriod };
}

/** As `windowNumbers`. */
export function measurementNumbers({ frequency, duration, phases }: Measurement): number[] {
  return [frequency, duration, ...phases.flatMap(phase => QUANTITIES.map(name => phase[name]))];
}

function measurementOf([frequency = 0, duration = 0, ...quantities]: number[]): Measurement {
  return { frequency, duration, phases: records<PhaseMeasurement>(QUANTITIES, quantities) };
}

function records<Record>(names: readonly (keyof Record & string)[], values: readonly number[]): Record[] {
  const made: Record[] = [];
  for (let k = 0; k < values.length; k += names.length)
    made.push(Object.fromEntries(names.map((name, n) => [name, values[k + n]])) as Record);
  return made;
}
