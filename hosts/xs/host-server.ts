import type { FlashRegion, Host, Socket, TlsOptions, Update } from '../../firmware/host';
import { measurementNumbers, TLS_TEXTS, windowNumbers } from './device/remote-host';
import type { Value } from './values';

/** Tells the other side of the pipe what happened. */
export type Tell = (event: string, ...args: readonly Value[]) => void;

type Port = (...args: never[]) => Value;

/** Gives the ports of a host to a `RemoteHost` at the other end. */
export class HostServer {
  readonly #host: Host;
  readonly #tell: Tell;
  readonly #ports: Readonly<Record<string, Port>>;
  readonly #timers = new Map<number, { cancel(): void }>();
  readonly #sockets = new Map<number, Socket>();

  constructor(host: Host, tell: Tell) {
    this.#host = host;
    this.#tell = tell;
    this.#ports = {
      ...simplePorts(host),
      ...flashPorts(host),
      start: () => this.#start(),
      update: (name: keyof Update, argument: Value) => askUpdate(host, name, argument),
      'watch-power': () => void host.powerWatch?.start(() => this.#tell('power-failing')),
      after: (id: number, milliseconds: number) => this.#after(id, milliseconds),
      cancel: (id: number) => void this.#timers.get(id)?.cancel(),
      open: (id: number, ...target: [string, number, boolean, string | undefined]) =>
        this.#open(id, ...target),
      read: (id: number, limit: number | undefined) => this.#sockets.get(id)?.read(limit),
      write: (id: number, bytes: Uint8Array) => void this.#sockets.get(id)?.write(bytes),
      close: (id: number) => this.#close(id),
    };
  }

  /** @throws whatever the port does */
  answer(port: string, args: readonly Value[]): Value {
    const call = this.#ports[port] as ((...args: readonly Value[]) => Value) | undefined;
    if (call === undefined) throw new Error(`answer: expected a port, got ${port}`);
    return call(...args);
  }

  #start(): undefined {
    this.#host.sensor.start({
      onWindow: window => this.#tell('window', ...windowNumbers(window)),
      onMeasurement: measurement => this.#tell('measurement', ...measurementNumbers(measurement)),
      onFault: fault => this.#tell('fault', fault),
      onCapture: ({ counts, samplePeriod }) => this.#tell('capture', samplePeriod, bytesOf(counts)),
    });
  }

  #after(id: number, milliseconds: number): undefined {
    const timer = this.#host.clock.after(milliseconds, () => {
      this.#timers.delete(id);
      this.#tell('timer', id);
    });
    this.#timers.set(id, timer);
  }

  #open(
    id: number,
    host: string,
    port: number,
    isSecure: boolean,
    ...texts: readonly (string | undefined)[]
  ): undefined {
    const given = TLS_TEXTS.map((name, k) => [name, texts[k]]).filter(([, text]) => text !== undefined);
    const tls: TlsOptions = Object.fromEntries(given);
    const socket = this.#host.network.open({
      host,
      port,
      ...(isSecure && { tls }),
      onReadable: count => this.#tell('readable', id, count),
      onWritable: count => this.#tell('writable', id, count),
      onError: fault => this.#tell('error', id, fault),
    });
    this.#sockets.set(id, socket);
  }

  #close(id: number): undefined {
    this.#sockets.get(id)?.close();
    this.#sockets.delete(id);
  }
}

/** What it is, or returns; undefined where there is no such port. */
function askUpdate({ update }: Host, name: keyof Update, argument: Value): Value {
  const member = update?.[name] as Value | ((argument: Value) => Value);
  return typeof member === 'function' ? member(argument) : member;
}

function bytesOf(counts: Uint16Array): Uint8Array {
  return new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength);
}

function simplePorts(host: Host): Record<string, Port> {
  const { sensor, relay, secrets, clock, crypto, indicator, watchdog, tamper, restart } = host;
  return {
    phases: () => sensor.phases,
    stop: () => void sensor.stop(),
    captures: () => sensor.capture !== undefined,
    capture: (sets: number) => void sensor.capture?.(sets),
    relay: (closed: boolean) => void (closed ? relay.close() : relay.open()),
    'reads-back': () => relay.isClosed !== undefined,
    'is-closed': () => relay.isClosed?.(),
    'has-tamper': () => tamper !== undefined,
    tamper: () => tamper?.isOpen(),
    seed: () => secrets.seed(),
    monotonic: () => clock.monotonic(),
    now: () => clock.now(),
    random: (length: number) => crypto.random(length),
    sha256: (message: Uint8Array) => crypto.sha256(message),
    sha512: (message: Uint8Array) => crypto.sha512(message),
    keccak256: (message: Uint8Array) => crypto.keccak256(message),
    sign: (digest: Uint8Array, privateKey: Uint8Array) => crypto.sign(digest, privateKey),
    recover: (digest: Uint8Array, signature: Uint8Array) => crypto.recover(digest, signature),
    show: (display: string) => void indicator?.show(JSON.parse(display)),
    feed: () => void watchdog?.feed(),
    restart: () => restart,
  };
}

function flashPorts({ flash }: Host): Record<string, Port> {
  const region = (name: string): FlashRegion => flash[name as keyof typeof flash];
  return {
    'flash-size': (name: string) => region(name).size,
    'flash-sector': (name: string) => region(name).sectorSize,
    'flash-read': (name: string, offset: number, length: number) => region(name).read(offset, length),
    'flash-write': (name: string, offset: number, bytes: Uint8Array) => region(name).write(offset, bytes),
    'flash-erase': (name: string, sector: number) => region(name).erase(sector),
  };
}
