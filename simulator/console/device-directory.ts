import { createHash } from 'node:crypto';
import { failure, type Result, success } from '../../firmware/result';

/** A meter as the Console knows it. */
export interface Device {
  readonly m3terId: bigint;
  /** 16 hex digits, lower case */
  readonly devEui: string;
  /** Uplinks so far, since the bridge was started: the next one's frame counter. */
  frames: number;
}

/** `collision`: another meter has this devEui. `too-many`: no more meters are taken in. */
export type DirectoryFault = 'collision' | 'too-many';

/** More than the 4,096 of a rollup contract, few enough that no flood of topics exhausts the memory. */
const MOST_DEVICES = 65_536;

/**
 * The name that a meter has for the Console: the first 8 bytes of SHA-256 over `m3ter/{chainId}/{m3terId}`, as 16 hex
 * digits. The lowest two bits of the first byte are set to 10, a locally administered EUI-64 (IEEE 802): no
 * device that a manufacturer named has such a one. It is the same after every restart, and on every computer.
 */
export function deviceEui(chainId: number, m3terId: bigint): string {
  const eui = createHash('sha256').update(`m3ter/${chainId}/${m3terId}`).digest().subarray(0, 8);
  eui.writeUInt8((eui.readUInt8(0) & 0b1111_1100) | 0b10, 0);
  return eui.toString('hex');
}

/** Which devEui is which meter's: those that have said something since the bridge was started. */
export class DeviceDirectory {
  readonly #euiOf: (m3terId: bigint) => string;
  readonly #devices = new Map<string, Device>();

  /** @param euiOf 16 hex digits, lower case, always the same for one meter */
  constructor(euiOf: (m3terId: bigint) => string) {
    this.#euiOf = euiOf;
  }

  /** The device of a meter that speaks, from now on to be found. */
  admit(m3terId: bigint): Result<Device, DirectoryFault> {
    const devEui = this.#euiOf(m3terId);
    const known = this.#devices.get(devEui);
    if (known !== undefined) return known.m3terId === m3terId ? success(known) : failure('collision');
    if (this.#devices.size >= MOST_DEVICES) return failure('too-many');
    const device = { m3terId, devEui, frames: 0 };
    this.#devices.set(devEui, device);
    return success(device);
  }

  /** Undefined when no meter of that name has said anything. */
  find(devEui: string): Device | undefined {
    return this.#devices.get(devEui.toLowerCase());
  }
}
