import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import { ReadingVerifier } from '../reading-verifier';
import { DeviceState } from './device-state';
import type { AccountChange } from './gateway-account';
import { devicePut, type GatewayStore, meterPut, type Put } from './gateway-store';
import { MeterState } from './meter-state';
import type { Notify } from './notice';

export interface BookOptions {
  readonly store: GatewayStore;
  readonly domain: SigningDomain;
  readonly notify: Notify;
  readonly onChange: (m3terId: bigint, what: AccountChange) => void;
}

/** All meters and devices, as the store has them and with what is about to be written there. */
export class GatewayBook {
  readonly store: GatewayStore;
  readonly domain: SigningDomain;
  readonly notify: Notify;
  readonly onChange: (m3terId: bigint, what: AccountChange) => void;
  readonly meters = new Map<bigint, MeterState>();
  readonly devices = new Map<string, DeviceState>();
  /** What is under way and must be over before all is settled. */
  readonly #pending = new Set<Promise<void>>();

  constructor({ store, domain, notify, onChange }: BookOptions) {
    this.store = store;
    this.domain = domain;
    this.notify = notify;
    this.onChange = onChange;
    for (const [name, record] of store.devices())
      this.devices.set(name, new DeviceState(store, name, record));
    for (const { key } of store.aside()) {
      const [name, sequence] = key;
      const device = this.devices.get(name);
      if (device !== undefined && sequence > device.record.through) device.aside.add(sequence);
    }
    for (const [m3terId, record] of store.meters()) {
      const meter = new MeterState(m3terId, record);
      this.meters.set(m3terId, meter);
      if (record.device !== undefined) this.#attach(meter, record.device);
    }
  }

  /** The meter of a token, new if nothing was known of it. */
  meter(m3terId: bigint): MeterState {
    let meter = this.meters.get(m3terId);
    if (meter === undefined) {
      meter = new MeterState(m3terId);
      this.meters.set(m3terId, meter);
    }
    return meter;
  }

  /** From now on the meter's readings are this device's. Resolves when that is on the disk. */
  async assign(meter: MeterState, device: Uint8Array | undefined): Promise<void> {
    const name = device && toHex(device);
    if (name === meter.record.device) return;
    meter.record = { ...meter.record, device: name };
    if (name === undefined) meter.state = undefined;
    else this.#attach(meter, name);
    this.onChange(meter.m3terId, 'device');
    await this.store.write([this.meterPut(meter)]);
  }

  meterPut({ m3terId, record }: MeterState): Put {
    return meterPut(m3terId, record);
  }

  devicePut({ name, record }: DeviceState): Put {
    return devicePut(name, record);
  }

  /** Takes note of something that is under way. @param onFailure it has rejected */
  track(work: Promise<void>, onFailure: (error: unknown) => void): void {
    const tracked = work.catch(onFailure).finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #attach(meter: MeterState, name: string): void {
    let state = this.devices.get(name);
    if (state === undefined) {
      state = new DeviceState(this.store, name);
      this.devices.set(name, state);
    }
    meter.state = state;
    const expected = { m3terId: meter.m3terId, device: state.address };
    meter.verifier = new ReadingVerifier(this.domain, expected, state);
  }
}
