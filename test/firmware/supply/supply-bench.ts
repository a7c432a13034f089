import { type MilliwattHours, wattHours } from '../../../firmware/energy';
import type { PhaseMeasurement, RestartCause } from '../../../firmware/host';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY, type PolicySetting } from '../../../firmware/ledger/policy';
import type { OrderSetting } from '../../../firmware/ledger/state';
import type { Hearing } from '../../../firmware/metrology/silence-watch';
import { Supply } from '../../../firmware/supply/supply';
import type { SupplyReason } from '../../../firmware/supply/supply-reason';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { MockRelay } from '../../../hosts/mock/relay';
import { crypto, REGISTRY } from '../../support/messages';

/** Monday 2026-06-01, 12:00 UTC */
export const NOON = 1_780_315_200;

export interface BenchOptions {
  readonly policy?: Partial<PolicySetting>;
  readonly seed?: string;
  readonly readsBack?: boolean;
  /** Unix seconds; null: unknown */
  readonly time?: number | null;
}

export function phases(...volts: readonly number[]): PhaseMeasurement[] {
  return volts.map(voltage => ({
    voltage,
    ...{ current: 0, activePower: 0, reactivePower: 0, apparentPower: 0, powerFactor: 1 },
  }));
}

/** A `Supply` on a real ledger, with the balance in its hands, from one power-up to the next. */
export class SupplyBench {
  readonly clock: VirtualClock;
  readonly relay = new MockRelay(closed => this.switched.push(closed));
  readonly switched: boolean[] = [];
  readonly events: string[] = [];
  readonly #region = new EmulatedFlash({ size: 16 * 4096, prng: new Prng('supply') });
  readonly #prng: Prng;
  readonly #readsBack: boolean;
  #version = 0;
  ledger: Ledger;
  supply!: Supply;
  isCaseOpen = false;

  /** Linked, with 1 kWh bought, supplied. */
  constructor({ policy = {}, seed = 'bench', readsBack = true, time = NOON }: BenchOptions = {}) {
    this.clock = new VirtualClock(time ?? undefined);
    this.#prng = new Prng(seed);
    this.#readsBack = readsBack;
    this.ledger = this.#open();
    this.ledger.update({ link: { chainId: 100, registry: REGISTRY, m3terId: 7n } });
    this.setPolicy(policy);
    this.buy(1000);
    this.start('reset');
    this.decide();
  }

  get reason(): SupplyReason | undefined {
    return this.supply.reason;
  }

  setPolicy(policy: Partial<PolicySetting>): void {
    this.ledger.update({ policy: { ...INITIAL_POLICY, ...policy, version: ++this.#version } });
  }

  order(order: Partial<OrderSetting>): void {
    this.ledger.update({ order: { state: 1, powerLimit: 0, until: 0, ...order, version: ++this.#version } });
  }

  /** Wh more */
  buy(energy: number): void {
    const { credited, withdrawn } = this.ledger.registers;
    this.ledger.credit((credited + wattHours(energy)) as MilliwattHours, withdrawn);
  }

  /** Until the balance is so many Wh. */
  useUp(balance = 0): void {
    const energy = this.ledger.balance - wattHours(balance);
    this.ledger.consume(energy as MilliwattHours, 0 as MilliwattHours, 200_000);
  }

  decide(power = 0, sensor: Hearing = 'heard'): SupplyReason | undefined {
    this.supply.decide(this.ledger.fault === undefined, sensor, power, this.clock.monotonic());
    return this.reason;
  }

  /** Decides every 200 ms. */
  pass(seconds: number, power = 0, volts: readonly number[] = [230]): SupplyReason | undefined {
    for (let k = 0; k < seconds * 5; k++) {
      this.clock.advance(200);
      this.supply.takeVoltages(phases(...volts), this.clock.monotonic());
      this.decide(this.relay.isClosed() ? power : 0);
      this.supply.watch(phases(...volts), this.clock.monotonic());
    }
    return this.reason;
  }

  /** The power fails, when all that was counted is on flash, and comes back; the relay falls open unless it is one that latches. */
  restart(cause: RestartCause = 'power', isLatching = false): void {
    this.ledger.save();
    if (!isLatching) this.relay.open();
    this.ledger = this.#open();
    this.start(cause);
  }

  start(restart: RestartCause): void {
    const { relay, clock } = this;
    const driver = this.#readsBack ? relay : { close: () => relay.close(), open: () => relay.open() };
    const host = {
      relay: driver,
      ...{ clock, restart, tamper: { isOpen: () => this.isCaseOpen } },
      crypto: { ...crypto, random: (length: number) => this.#prng.bytes(length) },
    };
    const note = (name: string, detail: Uint8Array) => {
      const text = Buffer.from(detail).toString('latin1').replaceAll('\0', '');
      this.events.push(/^[ -~]+$/.test(text) ? `${name} ${text}` : name);
    };
    this.supply = new Supply(host, this.ledger, [], note);
    this.supply.begin();
  }

  #open(): Ledger {
    const opened = Ledger.open(this.#region);
    if (!opened.ok) throw new Error(opened.fault);
    return opened.value;
  }
}
