import { type SigningKey, signingKey } from '../../firmware/attest/device-key';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { kilowattHours, milliwattHours } from '../../firmware/energy';
import type { Flash, Measurement } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import { Meter, type MeterOptions } from '../../firmware/meter';
import type { Result } from '../../firmware/result';
import { VirtualClock } from '../../hosts/mock/clock';
import { calibrationOf, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { MemoryNetwork } from '../../hosts/mock/network';
import { Prng } from '../../hosts/mock/prng';
import { MockRelay } from '../../hosts/mock/relay';
import { ScriptedSensor } from '../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../hosts/node/crypto';
import { makeLinkOffer } from '../link-document';

const START_TIME = Date.UTC(2026, 5, 1) / 1000;
const CALIBRATION = calibrationOf(TYPICAL_HARDWARE);

/** More than a meter on this bench can ever use. */
export const CREDITED = kilowattHours(1_000_000);

/** 5 A at 230 V and a power factor of 0.8, for 200 ms */
export const LOAD: Measurement = {
  phases: [
    {
      voltage: 230,
      current: 5,
      activePower: 920,
      reactivePower: 690,
      apparentPower: 1150,
      powerFactor: 0.8,
    },
  ],
  frequency: 50,
  duration: 200_000,
};

const crypto = createCrypto();
export const REGISTRY = { chainId: 31337, registry: new Uint8Array(20).fill(0x11) };
export const DOMAIN = new SigningDomain(crypto, REGISTRY);
/** The token of every meter on this bench, and who owns and operates it. */
export const M3TER_ID = 1n;
const OWNER = keyFrom('owner');
export const OPERATOR = keyFrom('operator');
/** Its secret, 32 bytes. */
export const SECRET = new Prng('bench').fork('device').bytes(32);

/** A meter on the bench: all of it is real, but its samples are handed to it and time stands still until told. */
export interface BenchMeter {
  readonly meter: Meter;
  readonly sensor: ScriptedSensor;
  readonly clock: VirtualClock;
}

/** Made, but not started; without a broker, and with no telemetry to disturb. */
export function benchMeter(flash: Flash, options: Partial<MeterOptions> = {}): BenchMeter {
  const sensor = new ScriptedSensor();
  const clock = new VirtualClock(START_TIME);
  const secrets = { seed: () => SECRET };
  const network = new MemoryNetwork(() => {});
  const host = { sensor, relay: new MockRelay(), flash, secrets, clock, crypto, network };
  const meter = new Meter(host, { calibration: CALIBRATION, telemetryInterval: 1e9, ...options });
  return { meter, sensor, clock };
}

/** Lets the meter that will have this flash know its name, and credits it with `CREDITED`. */
export function commission(flash: Flash): Ledger {
  const { meter } = benchMeter(flash);
  const parties = { ...REGISTRY, m3terId: M3TER_ID, operator: OPERATOR.address };
  expectSuccess('link', meter.link(makeLinkOffer(crypto, OWNER, parties)));
  const ledger = expectSuccess('ledger', Ledger.open(flash.ledger));
  expectSuccess('credit', ledger.credit(CREDITED, milliwattHours(0)));
  return ledger;
}

/** The value of what cannot fail on a bench. @throws Error when it did */
export function expectSuccess<Value>(what: string, result: Result<Value, string>): Value {
  if (!result.ok) throw new Error(`${what}: expected success, got ${result.fault}`);
  return result.value;
}

/** @throws Error when the meter keeps its relay open */
export function expectSupplied({ supply }: Meter): void {
  if (!supply.closed) throw new Error(`supply: expected it to be on, got ${supply.reason}`);
}

function keyFrom(name: string): SigningKey {
  return expectSuccess('key', signingKey(crypto, new Prng('bench').fork(name).bytes(32)));
}
