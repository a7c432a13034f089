import type { SigningKey } from '../../../firmware/attest/device-key';
import type { Reading } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import type { DirectiveKind, DirectiveMessage } from '../../../firmware/directives/directive';
import type { Host, Network } from '../../../firmware/host';
import { Meter, type MeterOptions } from '../../../firmware/meter';
import { VirtualClock } from '../../../hosts/mock/clock';
import { type EmulatedMeterFlash, emulatedFlash, PowerLost } from '../../../hosts/mock/flash';
import { PoweredHost } from '../../../hosts/mock/power';
import { Prng } from '../../../hosts/mock/prng';
import { MockRelay } from '../../../hosts/mock/relay';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../../hosts/node/crypto';
import { type MeterSurface, type XsImage, XsMeter } from '../../../hosts/xs/xs-meter';
import { signDirective } from '../../../simulator/directive';
import { ReadingVerifier } from '../../../simulator/reading-verifier';
import { cached } from '../../support/cached-crypto';
import { key } from '../../support/messages';
import { drawing, LINK, linkOffer, M3TER_ID, OPERATOR, QUARTER } from '../../support/meter-rig';
import { answer, type Peer, peerNetwork } from '../../support/peer';
import { pass } from '../../support/session';

const crypto = cached(createCrypto());

/** Where the meter runs: on XS, or absent: in Node. */
export interface Bench {
  readonly image?: XsImage;
  /** Bytes by which the heap on XS can grow */
  readonly budget?: number;
  /** That of a meter that was there before. */
  readonly flash?: EmulatedMeterFlash;
}

/**
 * A meter on emulated parts in virtual time, on XS or in Node, with a broker played by hand. What happens is the same
 * every time, to the byte: also what is random, and what goes over the wire.
 */
export class EngineRig {
  readonly clock = new VirtualClock(QUARTER);
  readonly sensor = new ScriptedSensor();
  readonly switched: boolean[] = [];
  readonly relay = new MockRelay(closed => this.switched.push(closed));
  readonly flash: EmulatedMeterFlash;
  /** Payloads that the broker got, by the last part of their topic. */
  readonly received: { readonly stream: string; readonly payload: Uint8Array }[] = [];
  /** What the meter wrote to the broker, as it wrote it. */
  readonly wire: Uint8Array[] = [];
  readonly network;
  readonly #bench: Bench;
  readonly #options: Partial<MeterOptions>;
  readonly #peers: Peer[];
  readonly #random = new Prng('rig');
  #host: PoweredHost | undefined;
  #meter: MeterSurface | undefined;

  constructor(bench: Bench, options: Partial<MeterOptions> = {}) {
    this.#bench = bench;
    this.#options = options;
    this.flash = bench.flash ?? emulatedFlash(1);
    const { network, peers } = peerNetwork((packet, peer) => {
      if (packet.cmd === 'publish')
        this.received.push({
          stream: packet.topic.split('/').at(-1) ?? '',
          payload: new Uint8Array(packet.payload as Buffer),
        });
      answer(packet, peer);
    });
    this.network = network;
    this.#peers = peers;
  }

  get meter(): MeterSurface {
    if (this.#meter === undefined) throw new Error('expected a meter that was booted');
    return this.#meter;
  }

  /** The same, when it runs on XS. */
  get xs(): XsMeter {
    if (!(this.#meter instanceof XsMeter)) throw new Error('expected a meter on XS');
    return this.#meter;
  }

  get isOn(): boolean {
    return this.#host?.isOn ?? false;
  }

  async boot(): Promise<void> {
    const { sensor, relay, flash, clock } = this;
    flash.power.reboot();
    const seed = key(42).privateKey;
    const random = (length: number) => this.#random.bytes(length);
    this.#host = new PoweredHost({
      ...{ sensor, relay, flash, clock },
      network: this.#tapped(this.network),
      crypto: { ...crypto, random },
      secrets: { seed: () => seed },
    });
    this.#meter = this.#assemble(this.#host);
    this.powered(() => this.meter.start());
    await this.pass(0);
  }

  async bootLinked(): Promise<void> {
    await this.boot();
    this.powered(() => this.meter.link(linkOffer()));
    await this.pass(0);
  }

  /** As unplugging it does; what runs on XS is gone. */
  cutPower(): void {
    this.#host?.cutPower();
    if (this.#meter instanceof XsMeter) this.#meter.kill();
  }

  /** Does it, unless the power fails or has failed. */
  powered(action: () => void): void {
    try {
      if (this.isOn) action();
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.cutPower();
    }
  }

  /** One window of a second. */
  draw(watts: number): void {
    if (this.sensor.started) this.sensor.measurement(drawing(watts, 1000));
  }

  pass(milliseconds: number): Promise<void> {
    return pass(milliseconds, this.clock, this.network);
  }

  /** Publishes a signed directive to the meter. */
  async instruct<Kind extends DirectiveKind>(
    kind: Kind,
    message: Omit<DirectiveMessage<Kind>, 'm3terId'>,
    signer: SigningKey = OPERATOR,
  ): Promise<void> {
    const whole = { m3terId: M3TER_ID, ...message } as DirectiveMessage<Kind> & { readonly m3terId: bigint };
    await this.publish(kind, signDirective(new SigningDomain(crypto, LINK), signer, kind, whole).payload);
  }

  async publish(stream: string, payload: Uint8Array): Promise<void> {
    this.#peers.at(-1)?.publish(`m3ter/${LINK.chainId}/${M3TER_ID}/${stream}`, payload, 1);
    await this.pass(0);
  }

  /** Sends what is no MQTT. */
  babble(bytes: Uint8Array): void {
    this.#peers.at(-1)?.stream.write(bytes);
  }

  /** Those the broker got, each once. @throws Error when one is not right or does not follow */
  readings(): Reading[] {
    const verifier = new ReadingVerifier(new SigningDomain(crypto, LINK), {
      m3terId: M3TER_ID,
      device: key(42).address,
    });
    const readings: Reading[] = [];
    for (const { stream, payload } of this.received) {
      if (stream !== 'reading') continue;
      const { reading, repeated, problems } = verifier.accept(payload);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      if (reading !== undefined && !repeated) readings.push(reading);
    }
    return readings;
  }

  /** All that is on flash. */
  image(): Uint8Array {
    const { ledger, log } = this.flash;
    return Buffer.concat([ledger.read(0, ledger.size), log.read(0, log.size)]);
  }

  #assemble(host: Host): MeterSurface {
    const broker = { host: 'broker', port: 1883 };
    const options = { calibration: [], broker, ...this.#options };
    const { image, budget } = this.#bench;
    return image === undefined ? new Meter(host, options) : new XsMeter(image, host, options, budget);
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
}
