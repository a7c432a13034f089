import type { Packet } from 'mqtt-packet';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT_CODES, type EventName } from '../../firmware/attest/event';
import { EVENT, type Event, type Reading } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import type { LinkOffer } from '../../firmware/directives/link';
import type { Display, Measurement } from '../../firmware/host';
import { Meter, type MeterOptions } from '../../firmware/meter';
import { VirtualClock } from '../../hosts/mock/clock';
import { emulatedFlash, PowerLost } from '../../hosts/mock/flash';
import type { MemoryNetwork } from '../../hosts/mock/network';
import { PoweredHost } from '../../hosts/mock/power';
import { MockRelay } from '../../hosts/mock/relay';
import { ScriptedSensor } from '../../hosts/mock/scripted-sensor';
import { signDirective } from '../../simulator/directive';
import { makeLinkOffer } from '../../simulator/link-document';
import { ReadingVerifier } from '../../simulator/reading-verifier';
import { cached } from './cached-crypto';
import { key, crypto as plainCrypto, REGISTRY } from './messages';
import { answer, type Peer, peerNetwork } from './peer';
import { pass } from './session';

/** A quarter of an hour by the wall clock. */
export const QUARTER = 1_800_000_000;
export const MINUTE = 60_000;
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

export interface RigOptions {
  /** Of the flash's tears. */
  readonly seed?: number | string;
  /** Unix seconds at the start; null: unknown */
  readonly time?: number | null;
  /** To another broker than the one played by hand. */
  readonly network?: MemoryNetwork;
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
 * and keeps all that it gets. Power goes and comes; flash, secret and broker stay.
 */
export class MeterRig {
  readonly clock: VirtualClock;
  readonly flash;
  readonly sensor = new ScriptedSensor();
  readonly relay: MockRelay;
  /** What the relay was made to do, oldest first. */
  readonly switched: boolean[] = [];
  readonly displays: Display[] = [];
  readonly received: Received[] = [];
  readonly peers: Peer[];
  readonly network: MemoryNetwork;
  readonly #retained = new Map<string, Uint8Array>();
  readonly #options: Partial<MeterOptions>;
  /** False: what is published is not acknowledged. */
  answers = true;
  /** That the meter has made. */
  signatures = 0;
  #host: PoweredHost | undefined;
  #meter: Meter | undefined;

  constructor(options: Partial<MeterOptions> & RigOptions = {}) {
    const { seed = 1, time = QUARTER, network, ...rest } = options;
    this.#options = rest;
    this.clock = new VirtualClock(time ?? undefined);
    this.flash = emulatedFlash(seed);
    this.relay = new MockRelay(closed => this.switched.push(closed));
    const byHand = peerNetwork((packet, peer) => this.#onPacket(packet, peer));
    this.network = network ?? byHand.network;
    this.peers = byHand.peers;
  }

  get meter(): Meter {
    if (this.#meter === undefined) throw new Error('expected a meter that was booted');
    return this.#meter;
  }

  /** False after a power cut. */
  get isOn(): boolean {
    return this.#host?.isOn ?? false;
  }

  /** A meter with power that is not started yet. */
  assemble(): Meter {
    this.flash.power.reboot();
    this.#powerUp();
    return this.#construct();
  }

  /**
   * Switches the power on; all that then happens at once has happened when it resolves.
   * @param cutAt fails again at so manieth write or erase
   */
  async boot(cutAt?: number): Promise<void> {
    this.flash.power.reboot();
    if (cutAt !== undefined) this.flash.power.cutAt(cutAt);
    this.#powerUp();
    this.powered(() => this.#construct().start());
    await this.settle();
  }

  /** As the owner of a new meter does it. */
  async bootLinked(): Promise<void> {
    await this.boot();
    const linked = this.meter.link(linkOffer());
    if (!linked.ok) throw new Error(`expected a new meter, got ${linked.fault}`);
    await this.settle();
  }

  cutPower(): void {
    this.#host?.cutPower();
  }

  /** Does it, and says whether the power held. */
  powered(action: () => void): boolean {
    try {
      if (this.isOn) action();
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.cutPower();
    }
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
    if (this.meter.isOnline) this.peers.at(-1)?.publish(topic, payload, 1);
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

  #powerUp(): void {
    const { sensor, relay, flash, clock, network } = this;
    const indicator = { show: (display: Display) => void this.displays.push(display) };
    this.#host = new PoweredHost({
      sensor,
      relay,
      flash,
      clock,
      network,
      crypto: { ...crypto, sign: (digest, privateKey) => this.#sign(digest, privateKey) },
      secrets: { seed: () => DEVICE.privateKey },
      indicator,
    });
  }

  #construct(): Meter {
    if (this.#host === undefined) throw new Error('expected power');
    const broker = { host: 'broker', port: 1883 };
    this.#meter = new Meter(this.#host, { calibration: [], broker, ...this.#options });
    return this.#meter;
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
