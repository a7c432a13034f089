import type { Packet } from 'mqtt-packet';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT_CODES, type EventName } from '../../firmware/attest/event';
import { EVENT, type Event, type Reading } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import type { LinkOffer } from '../../firmware/directives/link';
import type { Display, Host, Measurement, Network, RestartCause } from '../../firmware/host';
import { Meter, type MeterOptions } from '../../firmware/meter';
import { Board } from '../../hosts/mock/board';
import { VirtualClock } from '../../hosts/mock/clock';
import { type EmulatedMeterFlash, emulatedFlash } from '../../hosts/mock/flash';
import type { MemoryNetwork } from '../../hosts/mock/network';
import { Prng } from '../../hosts/mock/prng';
import { MockRelay } from '../../hosts/mock/relay';
import type { MockSlots } from '../../hosts/mock/slots';
import { SteadySensor } from '../../hosts/mock/steady-sensor';
import { EngineEnded } from '../../hosts/xs/engine';
import { type MeterSurface, XsMeter } from '../../hosts/xs/xs-meter';
import { signDirective } from '../../simulator/directive';
import { makeLinkOffer } from '../../simulator/link-document';
import { ReadingVerifier } from '../../simulator/reading-verifier';
import { cached } from './cached-crypto';
import type { FileServer } from './file-server';
import { key, crypto as plainCrypto, REGISTRY } from './messages';
import { answer, type Peer, peerNetwork } from './peer';
import { pass } from './session';

/** A quarter of an hour by the wall clock. */
export const QUARTER = 1_800_000_000;
export const MINUTE = 60_000;
/** ms after which supply is back, by the initial policy: the shortest time off, or the longest wait after a blackout */
export const RECONNECTED = 12_000;
export const M3TER_ID = 7n;
export const CHAIN_ID = 100;
const crypto = cached(plainCrypto);

export const DEVICE = key(42);
export const OWNER = key(1001);
export const OPERATOR = key(1002);
export const STRANGER = key(1003);
export const LINK = { chainId: CHAIN_ID, registry: REGISTRY, m3terId: M3TER_ID };

/** A message as it reached the broker. */
export interface Received {
  /** The topic's last part */
  readonly stream: string;
  readonly payload: Uint8Array;
}

export type MeterRigOptions = Partial<MeterOptions> & RigOptions;

export type MakeMeter = (host: Host, options: MeterOptions) => MeterSurface;

export interface RigOptions {
  /** Of the flash's tears. */
  readonly seed?: number | string;
  /** Unix seconds at the start; null: unknown */
  readonly time?: number | null;
  /** To another broker than the one played by hand. */
  readonly network?: MemoryNetwork;
  /** That of a meter that was there before; absent: new. */
  readonly flash?: EmulatedMeterFlash;
  /** Where the meter runs; absent: in Node. */
  readonly makeMeter?: MakeMeter;
  /** Whatever ends the firmware restarts it, as on a board; absent: it is thrown. */
  readonly restarts?: boolean;
  /** The relay stays as it is without power. */
  readonly isLatching?: boolean;
  /** Of the sensor, 1 to 3; absent: 1 */
  readonly phases?: number;
  /** For firmware; absent: there is but one. */
  readonly slots?: MockSlots;
  /** What is at `http://files` */
  readonly files?: FileServer;
}

export function linkOffer(change: Partial<typeof LINK> = {}, owner: SigningKey = OWNER): LinkOffer {
  return makeLinkOffer(crypto, owner, { ...LINK, operator: OPERATOR.address, ...change });
}

/** What one phase at 230 V takes. */
export function drawing(watts: number, milliseconds: number): Measurement {
  const current = Math.abs(watts) / 230;
  const phase = { voltage: 230, current, activePower: watts, reactivePower: 0 };
  return {
    phases: [{ ...phase, apparentPower: Math.abs(watts), powerFactor: Math.sign(watts) || 1 }],
    frequency: 50,
    duration: milliseconds * 1000,
  };
}

/**
 * A meter on a board of emulated parts, in virtual time, and a broker played by hand that retains what it is told to
 * and keeps all that it gets. Power goes and comes; flash, secret and broker stay. What happens is the same every
 * time, to the byte: also what is random, and what goes over the wire.
 */
export class MeterRig {
  readonly clock: VirtualClock;
  readonly flash: EmulatedMeterFlash;
  readonly sensor: SteadySensor;
  readonly relay: MockRelay;
  /** What the relay was made to do, oldest first. */
  readonly switched: boolean[] = [];
  readonly displays: Display[] = [];
  readonly received: Received[] = [];
  /** What the meter wrote to the broker, as it wrote it. */
  readonly wire: Uint8Array[] = [];
  readonly peers: Peer[];
  readonly network: MemoryNetwork;
  readonly #retained = new Map<string, Uint8Array>();
  readonly board: Board<MeterSurface>;
  /** False: what is published is not acknowledged. */
  answers = true;
  /** That the meter has made. */
  signatures = 0;

  constructor(options: MeterRigOptions = {}) {
    const {
      seed = 1,
      time = QUARTER,
      network,
      flash,
      makeMeter,
      restarts,
      isLatching,
      phases,
      slots,
      files,
      ...rest
    } = options;
    const make = makeMeter ?? ((host, meterOptions) => new Meter(host, meterOptions));
    const broker = { host: 'broker', port: 1883 };
    this.clock = new VirtualClock(time ?? undefined);
    this.sensor = new SteadySensor(this.clock, phases);
    this.flash = flash ?? emulatedFlash(seed);
    this.relay = new MockRelay(closed => this.switched.push(closed));
    const byHand = peerNetwork((packet, peer) => this.#onPacket(packet, peer), files);
    this.network = network ?? byHand.network;
    this.peers = byHand.peers;
    this.board = new Board({
      parts: this.#parts(),
      makeMeter: host => make(host, { calibration: [], broker, ...rest }),
      ...(isLatching && { isLatching }),
      ...(slots && { slots }),
      ...(restarts && { causeOf }),
    });
  }

  get meter(): MeterSurface {
    return this.board.meter;
  }

  /** The same, when it runs on XS. */
  get xs(): XsMeter {
    if (!(this.meter instanceof XsMeter)) throw new Error('expected a meter on XS');
    return this.meter;
  }

  /** False after a power cut. */
  get isOn(): boolean {
    return this.board.isOn;
  }

  /** A meter with power that is not started yet. */
  assemble(): MeterSurface {
    this.flash.power.reboot();
    return this.board.assemble();
  }

  /**
   * Switches the power on; all that then happens at once has happened when it resolves, and where the meter waits for its
   * turn after the blackout, that has come.
   * @param cutAt fails again at so manieth write or erase
   */
  async boot(cutAt?: number): Promise<void> {
    await this.switchOn(cutAt);
    if (this.isOn && this.meter.supply.reason === 'reconnecting') await this.pass(RECONNECTED);
  }

  /** The same, but for the wait. */
  async switchOn(cutAt?: number): Promise<void> {
    this.flash.power.reboot();
    if (cutAt !== undefined) this.flash.power.cutAt(cutAt);
    this.board.boot();
    await this.settle();
  }

  /** Starts it as its reset button does: there was no blackout, after which it would have to wait for its turn. */
  reset(): Promise<void> {
    this.flash.power.reboot();
    this.board.boot('reset');
    return this.settle();
  }

  /** The same as `switchOn`, with a sensor that delivers only what it is handed. */
  bootMute(): Promise<void> {
    const booted = this.switchOn();
    this.sensor.hush();
    return booted;
  }

  /** As the owner of a new meter does it. */
  async bootLinked(): Promise<void> {
    await this.boot();
    const linked = this.meter.link(linkOffer());
    if (!linked.ok) throw new Error(`expected a new meter, got ${linked.fault}`);
    await this.settle();
  }

  /** What runs on XS is gone. */
  cutPower(): void {
    this.board.cutPower();
  }

  /** Does it, and says whether the power held. */
  powered(action: () => void): boolean {
    this.board.run(action);
    return this.isOn;
  }

  /** One window. */
  draw(watts: number, milliseconds = 200): void {
    if (this.sensor.started) this.sensor.measurement(drawing(watts, milliseconds));
  }

  /** Everything that can happen before time goes on. */
  settle(): Promise<void> {
    return this.pass(0);
  }

  pass(milliseconds: number): Promise<void> {
    return pass(milliseconds, this.clock, this.network);
  }

  directive<Kind extends DirectiveKind>(
    kind: Kind,
    message: Omit<DirectiveMessage<Kind>, 'm3terId'> & { readonly m3terId?: bigint },
    signer: SigningKey = OPERATOR,
    registry: { readonly chainId: number; readonly registry: Uint8Array } = LINK,
  ): Uint8Array {
    const whole = { m3terId: M3TER_ID, ...message } as DirectiveMessage<Kind> & { readonly m3terId: bigint };
    return signDirective(new SigningDomain(crypto, registry), signer, kind, whole).payload;
  }

  /** Publishes on a topic of the meter, retained. */
  async publish(stream: string, payload: Uint8Array): Promise<void> {
    const topic = `m3ter/${CHAIN_ID}/${M3TER_ID}/${stream}`;
    this.#retained.set(topic, payload);
    if (this.isOn && this.meter.isOnline) this.peers.at(-1)?.publish(topic, payload, 1);
    await this.settle();
  }

  async instruct<Kind extends DirectiveKind>(
    kind: Kind,
    message: Omit<DirectiveMessage<Kind>, 'm3terId'> & { readonly m3terId?: bigint },
    signer: SigningKey = OPERATOR,
  ): Promise<void> {
    await this.publish(kind, this.directive(kind, message, signer));
  }

  credit(credited: number, withdrawn = 0): Promise<void> {
    return this.instruct('credit', { credited, withdrawn });
  }

  /** The broker sends what is no MQTT, or none that one should send. */
  babble(bytes: Uint8Array): void {
    this.peers.at(-1)?.stream.write(bytes);
  }

  /** All that is on flash. */
  image(): Uint8Array {
    const { ledger, log } = this.flash;
    return Buffer.concat([ledger.read(0, ledger.size), log.read(0, log.size)]);
  }

  payloads(stream: string): Uint8Array[] {
    return this.received.filter(message => message.stream === stream).map(({ payload }) => payload);
  }

  /** Those the broker got, each once. @throws Error when one is not right, or does not follow from those before */
  readings({ gaps = false } = {}): Reading[] {
    const verifier = new ReadingVerifier(new SigningDomain(crypto, LINK), {
      m3terId: M3TER_ID,
      device: DEVICE.address,
    });
    const readings: Reading[] = [];
    for (const payload of this.payloads('reading')) {
      const { reading, repeated, problems } = verifier.accept(payload);
      const wrong = problems.filter(({ fault }) => !(gaps && fault === 'out-of-sequence'));
      if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
      if (reading !== undefined && !repeated) readings.push(reading);
    }
    return readings;
  }

  /** Those the broker got, each once. @throws Error when one of two with the same number is another */
  events(): Event[] {
    const events = new Map<bigint | number, Event>();
    for (const payload of this.payloads('event')) {
      const decoded = decodeEnvelope(EVENT, payload);
      if (!decoded.ok) throw new Error(decoded.fault);
      const { message } = decoded.value;
      const before = events.get(message.sequence);
      if (before !== undefined && JSON.stringify(before, plain) !== JSON.stringify(message, plain))
        throw new Error(`two events ${message.sequence}`);
      events.set(message.sequence, message);
    }
    return [...events.values()];
  }

  lastEvent(): Event {
    const last = this.events().at(-1);
    if (last === undefined) throw new Error('expected an event');
    return last;
  }

  eventNames(): EventName[] {
    return this.events().map(({ code }) => nameOf(code));
  }

  eventsOf(name: EventName): Event[] {
    return this.events().filter(({ code }) => code === EVENT_CODES[name]);
  }

  #parts(): Omit<Host, 'watchdog' | 'restart'> {
    const { sensor, relay, flash, clock } = this;
    const random = new Prng('rig');
    return {
      ...{ sensor, relay, flash, clock },
      network: this.#tapped(this.network),
      crypto: {
        ...crypto,
        sign: (digest, privateKey) => this.#sign(digest, privateKey),
        random: length => random.bytes(length),
      },
      secrets: { seed: () => DEVICE.privateKey },
      indicator: { show: display => void this.displays.push(display) },
    };
  }

  #tapped(network: Network): Network {
    return {
      open: options => {
        const socket = network.open(options);
        const write = (bytes: Uint8Array) => {
          this.wire.push(bytes.slice());
          socket.write(bytes);
        };
        return { read: limit => socket.read(limit), write, close: () => socket.close() };
      },
    };
  }

  #sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
    this.signatures++;
    return crypto.sign(digest, privateKey);
  }

  #onPacket(packet: Packet, peer: Peer): void {
    if (packet.cmd === 'publish') {
      const stream = packet.topic.split('/').at(-1) as string;
      this.received.push({ stream, payload: new Uint8Array(packet.payload as Buffer) });
      if (!this.answers) return;
    }
    answer(packet, peer);
    if (packet.cmd !== 'subscribe') return;
    for (const [topic, payload] of this.#retained) peer.publish(topic, payload, 1);
  }
}

function causeOf(error: unknown): RestartCause {
  return error instanceof EngineEnded && error.isMemoryFull ? 'memory' : 'crash';
}

function nameOf(code: number): EventName {
  const names = Object.keys(EVENT_CODES) as EventName[];
  return names.find(name => EVENT_CODES[name] === code) as EventName;
}

/** The text that an event's detail holds. */
export function detailTextOf({ detail }: Event): string {
  return Buffer.from(detail).toString('ascii').replaceAll('\0', '');
}

/** The number that an event's detail holds. */
export function detailNumberOf({ detail }: Event): number {
  return Number(`0x${Buffer.from(detail).toString('hex')}`);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}
