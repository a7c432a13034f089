import type { SigningKey } from '../firmware/attest/device-key';
import type { Registry } from '../firmware/attest/signing-domain';
import { toHex } from '../firmware/bytes';
import type { Crypto, Host, SecretStore } from '../firmware/host';
import { Meter } from '../firmware/meter';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { TYPICAL_ESP32_FRONT_END } from '../hosts/mock/analog/hardware';
import type { VirtualClock } from '../hosts/mock/clock';
import { emulatedFlash } from '../hosts/mock/flash';
import { calibrationOf, TYPICAL_HARDWARE } from '../hosts/mock/front-end';
import { FrontEndSensor, type FrontEndSensorOptions } from '../hosts/mock/front-end-sensor';
import type { MemoryNetwork } from '../hosts/mock/network';
import { PoweredHost } from '../hosts/mock/power';
import { Prng } from '../hosts/mock/prng';
import { MockRelay } from '../hosts/mock/relay';
import { MockTamperSwitch } from '../hosts/mock/tamper';
import { calibrateFrontEnd } from './calibrate-front-end';
import { Home } from './home';
import { House } from './house/house';
import { DEFAULT_SITE } from './house/solar';
import { IndependentLedger, type KnownTariff } from './independent-ledger';
import { makeLinkOffer } from './link-document';
import { OverheardNetwork } from './overheard-network';

/** How the simulated ADC is computed: every sample, windows in closed form, or every sample with a real one's flaws. */
export type Fidelity = FrontEndSensorOptions['fidelity'];

/** What a meter shares with the rest of the simulation, but for the network, which is its own. */
export interface SimulatedMeterPorts {
  readonly clock: VirtualClock;
  readonly crypto: Crypto;
  readonly network: MemoryNetwork;
}

export interface SimulatedMeterOptions {
  /** Of house, front end and secret. */
  readonly seed: number;
  readonly m3terId: bigint;
  readonly registry: Registry;
  readonly owner: SigningKey;
  /** 20 bytes */
  readonly operator: Uint8Array;
  readonly fidelity: Fidelity;
  /** The roof's surplus goes to the grid; nobody pays for it without a tariff that says so. */
  readonly feedsGrid: boolean;
}

/** A change of the supply, as the house saw it. */
export interface SupplyChange {
  /** Unix seconds, simulated */
  readonly at: number;
  readonly closed: boolean;
  /** A SupplyReason, or `unplugged` */
  readonly reason: string;
}

/** A house, the meter in front of it, and everything that the meter's board has; its plug can be pulled. */
export class SimulatedMeter {
  readonly m3terId: bigint;
  readonly home: Home;
  readonly network: MemoryNetwork;
  /** What the world reckons that the meter owes, if its plug is never pulled. */
  readonly independent: IndependentLedger;
  /** Its contacts can be welded. */
  readonly relay: MockRelay;
  /** Its cover can be opened. */
  readonly tamper = new MockTamperSwitch();
  /** Called in the turn of the change. */
  onSupplyChange: ((change: SupplyChange) => void) | undefined;
  readonly #board: Host;
  readonly #calibration: readonly PhaseCalibration[];
  readonly #supply: SupplyChange[] = [];
  /** By the message, in hex, that tells the meter of it. */
  readonly #announced = new Map<string, KnownTariff>();
  #power: PoweredHost | undefined;
  #meter: Meter | undefined;

  /** Plugged in and linked. */
  constructor(ports: SimulatedMeterPorts, options: SimulatedMeterOptions) {
    const { seed, m3terId, fidelity, feedsGrid } = options;
    this.m3terId = m3terId;
    this.independent = new IndependentLedger();
    this.network = ports.network;
    this.relay = new MockRelay(closed => this.#onRelay(closed));
    this.home = new Home(new House(seed, { ...DEFAULT_SITE, feedsGrid }));
    const prng = new Prng(seed).fork('meter');
    this.#calibration =
      fidelity === 'real'
        ? calibrateFrontEnd(TYPICAL_ESP32_FRONT_END, 230, 50, prng.fork('calibration'))
        : calibrationOf(TYPICAL_HARDWARE);
    this.#board = {
      ...ports,
      network: new OverheardNetwork(ports.network, payload => this.#onMessage(payload, ports.clock)),
      sensor: new FrontEndSensor({
        clock: ports.clock,
        world: this.home.line,
        prng: prng.fork('front end'),
        ...(fidelity === 'real'
          ? { fidelity, hardware: TYPICAL_ESP32_FRONT_END }
          : { fidelity, hardware: TYPICAL_HARDWARE }),
      }),
      relay: this.relay,
      tamper: this.tamper,
      flash: emulatedFlash(seed),
      secrets: secretsFrom(prng.fork('secret')),
      // Fed after each window.
      watchdog: { feed: () => this.#onWindow(ports.clock) },
    };
    this.plugIn();
    this.#link(options);
  }

  /** Undefined while it is unplugged. */
  get meter(): Meter | undefined {
    return this.#meter;
  }

  get isPlugged(): boolean {
    return this.#meter !== undefined;
  }

  /** Oldest first. */
  get supply(): readonly SupplyChange[] {
    return this.#supply;
  }

  /** Boots the meter from what is on its flash; it goes on from there. */
  plugIn(): void {
    if (this.#meter !== undefined) return;
    this.#power = new PoweredHost(this.#board);
    this.#meter = new Meter(this.#power, {
      calibration: this.#calibration,
      broker: { host: 'broker', port: 1883 },
    });
    this.#meter.start();
  }

  /** As a power cut: nothing is saved, nobody is told. */
  pullPlug(): void {
    this.#meter = undefined;
    this.#power?.cutPower();
  }

  /** The independent ledger goes by the tariff from the moment when the meter takes this message, whatever it says to it. */
  expectTariff(tariff: KnownTariff, message: Uint8Array): void {
    this.#announced.set(toHex(message), tariff);
  }

  #link({ owner, registry, m3terId, operator }: SimulatedMeterOptions): void {
    const offer = makeLinkOffer(this.#board.crypto, owner, { ...registry, m3terId, operator });
    const linked = this.#meter?.link(offer);
    if (!linked?.ok) throw new Error(`link: expected a new meter to take it, got ${linked?.fault}`);
  }

  #onMessage(payload: Uint8Array, clock: VirtualClock): void {
    const tariff = this.#announced.get(toHex(payload));
    if (tariff !== undefined) this.independent.tell(tariff, clock.now() ?? 0);
  }

  #onWindow(clock: VirtualClock): void {
    const registers = this.#meter?.registers;
    if (registers !== undefined)
      this.independent.see(registers.imported, registers.exported, clock.now() ?? 0);
  }

  #onRelay(closed: boolean): void {
    const { clock } = this.#board;
    this.home.setConnected(closed, clock.monotonic() * 1000);
    const reason = this.#meter?.supply.reason ?? 'unplugged';
    const change = { at: clock.now() ?? 0, closed, reason };
    this.#supply.push(change);
    this.onSupplyChange?.(change);
  }
}

function secretsFrom(prng: Prng): SecretStore {
  const seed = prng.bytes(32);
  return { seed: () => seed };
}
