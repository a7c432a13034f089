/**
 * What the ledger keeps, and its bytes in the journal. Integers are big-endian; the first byte is the format.
 *
 *     counters  format u8 | imported u48 | exported u48 | debited u48 | credited u48 | withdrawn u48 | feedIn u48 |
 *               acknowledged u32
 *     settings  format u8 | link | roles | order | readings | events | eventsDelivered u32
 *     link      present u8 | chainId u64 | registry 20 | m3terId u256
 *     roles     present u8 | version u32 | owner 20 | operator 20
 *     order     version u32 | state u8 | powerLimit u32 | until u64
 *     readings, events   sequence u32 | digest 32
 *
 * What is not present has all zero bytes in its place, so both lengths are fixed.
 */
import { readUint, writeUint } from '../big-endian';
import { fromHex, toHex } from '../bytes';
import type { MilliwattHours } from '../energy';
import { failure, type Result, success } from '../result';

const FORMAT = 1;
const COUNTERS_LENGTH = 41;
const SETTINGS_LENGTH = 200;
const REGISTER_NAMES = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;

/** Energy counters that only grow, 0 to `MAX_ENERGY`. */
export interface Registers {
  /** Taken from the grid: OBIS 1.8.0 */
  readonly imported: MilliwattHours;
  /** Given to the grid: OBIS 2.8.0 */
  readonly exported: MilliwattHours;
  /** `imported`, weighted by the tariff */
  readonly debited: MilliwattHours;
  /** Bought for this meter, in total, ever */
  readonly credited: MilliwattHours;
  /** Refunded, or sold on to another meter, in total, ever */
  readonly withdrawn: MilliwattHours;
  /** Earned by export */
  readonly feedIn: MilliwattHours;
}

export interface Counters extends Registers {
  /** Every reading up to this sequence is kept for good elsewhere; u32 */
  readonly acknowledged: number;
}

/** The last entry made of a hash chain; sequence 0 and a digest of zeros before the first. */
export interface ChainHead {
  /** u32 */
  readonly sequence: number;
  /** 32 bytes */
  readonly digest: Uint8Array;
}

/** Which token the meter is. */
export interface LinkSetting {
  /** A safe integer */
  readonly chainId: number;
  /** The token contract's address, 20 bytes */
  readonly registry: Uint8Array;
  /** uint256 */
  readonly m3terId: bigint;
}

/** Whose signatures the meter obeys: addresses of 20 bytes. */
export interface RolesSetting {
  /** u32 */
  readonly version: number;
  readonly owner: Uint8Array;
  readonly operator: Uint8Array;
}

/** The last `SupplyOrder` that was obeyed. */
export interface OrderSetting {
  /** u32; 0 when there was none */
  readonly version: number;
  /** 0 off, 1 on; u8 */
  readonly state: number;
  /** W, 0 for none; u32 */
  readonly powerLimit: number;
  /** Unix seconds, 0 for ever; a safe integer */
  readonly until: number;
}

export interface Settings {
  readonly link: LinkSetting | undefined;
  readonly roles: RolesSetting | undefined;
  readonly order: OrderSetting;
  readonly readings: ChainHead;
  readonly events: ChainHead;
  /** Every event up to this sequence was delivered; u32 */
  readonly eventsDelivered: number;
}

/** `newer-format`: written by a later firmware. `corrupt`: not what any firmware wrote. */
export type StateFault = 'newer-format' | 'corrupt';

const ZERO = 0 as MilliwattHours;
/** Before the first entry of a chain. */
export const EMPTY_CHAIN: ChainHead = { sequence: 0, digest: new Uint8Array(32) };

/** Of a meter that was never used. */
export const INITIAL_COUNTERS: Counters = {
  imported: ZERO,
  exported: ZERO,
  debited: ZERO,
  credited: ZERO,
  withdrawn: ZERO,
  feedIn: ZERO,
  acknowledged: 0,
};
/** Of a meter that was never used: supply is not ordered off. */
export const INITIAL_SETTINGS: Settings = {
  link: undefined,
  roles: undefined,
  order: { version: 0, state: 1, powerLimit: 0, until: 0 },
  readings: EMPTY_CHAIN,
  events: EMPTY_CHAIN,
  eventsDelivered: 0,
};

/** What may still be used, in mWh; below zero is debt. */
export function balanceOf({ credited, withdrawn, feedIn, debited }: Registers): MilliwattHours {
  return (credited - withdrawn + feedIn - debited) as MilliwattHours;
}

/** @throws RangeError when a value is not in its range. */
export function encodeCounters(counters: Counters): Uint8Array {
  const writer = new FieldWriter(COUNTERS_LENGTH);
  for (const name of REGISTER_NAMES) writer.uint(6, counters[name]);
  writer.uint(4, counters.acknowledged);
  return writer.bytes;
}

export function decodeCounters(bytes: Uint8Array): Result<Counters, StateFault> {
  const fault = faultOf(bytes, COUNTERS_LENGTH);
  if (fault !== undefined) return failure(fault);
  const reader = new FieldReader(bytes);
  const energy = () => reader.uint(6) as MilliwattHours;
  return success({
    imported: energy(),
    exported: energy(),
    debited: energy(),
    credited: energy(),
    withdrawn: energy(),
    feedIn: energy(),
    acknowledged: reader.uint(4),
  });
}

/** @throws RangeError when a value is not in its range. */
export function encodeSettings({ link, roles, order, readings, events, ...rest }: Settings): Uint8Array {
  const writer = new FieldWriter(SETTINGS_LENGTH);
  writer.uint(1, link === undefined ? 0 : 1);
  writer.uint(8, link?.chainId ?? 0);
  writer.block(20, link?.registry);
  writer.block(32, link && uint256Bytes(link.m3terId));
  writer.uint(1, roles === undefined ? 0 : 1);
  writer.uint(4, roles?.version ?? 0);
  writer.block(20, roles?.owner);
  writer.block(20, roles?.operator);
  writer.uint(4, order.version);
  writer.uint(1, order.state);
  writer.uint(4, order.powerLimit);
  writer.uint(8, order.until);
  for (const chain of [readings, events]) {
    writer.uint(4, chain.sequence);
    writer.block(32, chain.digest);
  }
  writer.uint(4, rest.eventsDelivered);
  return writer.bytes;
}

export function decodeSettings(bytes: Uint8Array): Result<Settings, StateFault> {
  const fault = faultOf(bytes, SETTINGS_LENGTH);
  if (fault !== undefined) return failure(fault);
  const reader = new FieldReader(bytes);
  const linked = reader.uint(1) === 1;
  const link = { chainId: reader.uint(8), registry: reader.block(20), m3terId: uint256(reader.block(32)) };
  const ruled = reader.uint(1) === 1;
  const roles = { version: reader.uint(4), owner: reader.block(20), operator: reader.block(20) };
  return success({
    link: linked ? link : undefined,
    roles: ruled ? roles : undefined,
    order: {
      version: reader.uint(4),
      state: reader.uint(1),
      powerLimit: reader.uint(4),
      until: reader.uint(8),
    },
    readings: { sequence: reader.uint(4), digest: reader.block(32) },
    events: { sequence: reader.uint(4), digest: reader.block(32) },
    eventsDelivered: reader.uint(4),
  });
}

function faultOf(bytes: Uint8Array, length: number): StateFault | undefined {
  if (bytes.length > 0 && (bytes[0] as number) > FORMAT) return 'newer-format';
  return bytes[0] !== FORMAT || bytes.length !== length ? 'corrupt' : undefined;
}

function uint256(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

function uint256Bytes(value: bigint): Uint8Array {
  const bytes = value < 0n ? undefined : fromHex(value.toString(16).padStart(64, '0'));
  if (bytes?.length !== 32) throw new RangeError(`m3terId: expected a uint256, got ${value}`);
  return bytes;
}

class FieldWriter {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.uint(1, FORMAT);
  }

  uint(length: number, value: number): void {
    writeUint(this.bytes, this.#offset, length, value);
    this.#offset += length;
  }

  /** Zeros when `block` is undefined. */
  block(length: number, block: Uint8Array | undefined): void {
    if (block !== undefined && block.length !== length)
      throw new RangeError(`settings: expected a block of ${length} bytes, got ${block.length}`);
    if (block !== undefined) this.bytes.set(block, this.#offset);
    this.#offset += length;
  }
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #offset = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint(length: number): number {
    const value = readUint(this.#bytes, this.#offset, length);
    this.#offset += length;
    return value;
  }

  block(length: number): Uint8Array {
    const block = this.#bytes.slice(this.#offset, this.#offset + length);
    this.#offset += length;
    return block;
  }
}
