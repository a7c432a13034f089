/**
 * What the ledger keeps, and the settings' bytes in the journal. Integers are big-endian; the first byte is the format.
 *
 *     settings  format u8 | link | roles | order | readings | events | eventsDelivered u32; from format 2 on
 *               calibration 32 | policy, of which format 2 holds the first five fields, 3 the first 24, and 4 the first 27; from
 *               format 4 on registrar 20 | resetVersion u32 | formerReading u32 | formerEvent u32 | triedFirmware u32
 *     link      present u8 | chainId u64 | registry 20 | m3terId u256
 *     roles     present u8 | version u32 | owner 20 | operator 20
 *     order     version u32 | state u8 | powerLimit u32 | until u64
 *     readings, events   sequence u32 | digest 32
 *     policy    version u32 | the fields of the signed type from `sealed` on
 *
 * What is not present has all zero bytes in its place. A record is written in format 1 as long as that says it all. So
 * what a first opening writes is the same by every firmware, as the journal needs it to tell a region that was never used;
 * and a firmware before format 2, to which an update is taken back, goes on with what has nothing new in it.
 */
import { ZERO_ADDRESS } from '../attest/address';
import { equal, fromHex, toHex } from '../bytes';
import type { MilliwattHours } from '../energy';
import { failure, type Result, success } from '../result';
import { FieldReader, FieldWriter } from './fields';
import {
  INITIAL_POLICY,
  type PolicyFormat,
  type PolicySetting,
  policyFormat,
  readPolicy,
  writePolicy,
} from './policy';

const LATEST_FORMAT = 5;
/** Bytes of a record, by its format. */
const SETTINGS_LENGTHS = [0, 200, 245, 288, 329, 334] as const;

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

/** What went through one phase: counters that only grow, 0 to `MAX_ENERGY`. */
export interface PhaseRegisters {
  /** OBIS 21.8.0, 41.8.0, 61.8.0 */
  readonly imported: MilliwattHours;
  /** OBIS 22.8.0, 42.8.0, 62.8.0 */
  readonly exported: MilliwattHours;
}

export interface Counters extends Registers {
  /** Of two or three phases; none of a meter that has one, or has not counted yet */
  readonly phases: readonly PhaseRegisters[];
  /** Every reading up to this sequence is kept for good elsewhere; u32 */
  readonly acknowledged: number;
  /** What `debited` is short of whole mWh: thousandths, 0 to 999 */
  readonly debitRemainder: number;
  /** What `feedIn` is short of whole mWh: thousandths, 0 to 999 */
  readonly feedInRemainder: number;
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
  /** Digest of the calibration in force, 32 bytes; zeros when there is none yet */
  readonly calibration: Uint8Array;
  readonly policy: PolicySetting;
  /** Who else may say whose the meter is, and reset it: an address; zeros for nobody */
  readonly registrar: Uint8Array;
  /** Of the last `FactoryReset`, u32; 0 when there was none */
  readonly resetVersion: number;
  /** The last reading that was made before that reset, in another name; u32 */
  readonly formerReading: number;
  /** Likewise the last event */
  readonly formerEvent: number;
  /** Version of the last release that was made the next to start, whatever became of it; u32, 0 when there was none */
  readonly triedFirmware: number;
}

/** `newer-format`: written by a later firmware. `corrupt`: not what any firmware wrote. */
export type StateFault = 'newer-format' | 'corrupt';

const ZERO = 0 as MilliwattHours;
/** Of the calibration, when there is none yet. */
const NO_DIGEST = new Uint8Array(32);
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
  debitRemainder: 0,
  feedInRemainder: 0,
  phases: [],
};
/** Of a meter that was never used: supply is not ordered off. */
export const INITIAL_SETTINGS: Settings = {
  link: undefined,
  roles: undefined,
  order: { version: 0, state: 1, powerLimit: 0, until: 0 },
  readings: EMPTY_CHAIN,
  events: EMPTY_CHAIN,
  eventsDelivered: 0,
  calibration: NO_DIGEST,
  policy: INITIAL_POLICY,
  registrar: ZERO_ADDRESS,
  resetVersion: 0,
  formerReading: 0,
  formerEvent: 0,
  triedFirmware: 0,
};

/** What may still be used, in mWh; below zero is debt. */
export function balanceOf(registers: Registers): MilliwattHours {
  // Not destructured, which takes XS twice as long.
  return (registers.credited - registers.withdrawn + registers.feedIn - registers.debited) as MilliwattHours;
}

/** @throws RangeError when a value is not in its range. */
export function encodeSettings(settings: Settings): Uint8Array {
  const { link, roles, order, calibration, policy, registrar, resetVersion } = settings;
  const format = settingsFormat(settings);
  const writer = new FieldWriter(format, SETTINGS_LENGTHS[format]);
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
  for (const chain of [settings.readings, settings.events]) {
    writer.uint(4, chain.sequence);
    writer.block(32, chain.digest);
  }
  writer.uint(4, settings.eventsDelivered);
  if (format === 1) return writer.bytes;
  writer.block(32, calibration);
  writePolicy(writer, policy, format);
  if (format < 4) return writer.bytes;
  writer.block(20, registrar);
  writer.uint(4, resetVersion);
  writer.uint(4, settings.formerReading);
  writer.uint(4, settings.formerEvent);
  writer.uint(4, settings.triedFirmware);
  return writer.bytes;
}

/** The first that says it all. Without a reset there is no former name. */
function settingsFormat(settings: Settings): 1 | PolicyFormat {
  const { resetVersion, triedFirmware, registrar } = settings;
  const format = policyFormat(settings.policy);
  if (format === 5) return 5;
  if (resetVersion !== 0 || triedFirmware !== 0 || !equal(registrar, ZERO_ADDRESS)) return 4;
  return format === 1 && !equal(settings.calibration, NO_DIGEST) ? 2 : format;
}

export function decodeSettings(bytes: Uint8Array): Result<Settings, StateFault> {
  const format = bytes[0] ?? 0;
  if (format > LATEST_FORMAT) return failure('newer-format');
  if (bytes.length === 0 || bytes.length !== SETTINGS_LENGTHS[format]) return failure('corrupt');
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
    calibration: reader.left > 0 ? reader.block(32) : NO_DIGEST,
    policy: format > 1 ? readPolicy(reader, format as PolicyFormat) : INITIAL_POLICY,
    registrar: reader.left > 0 ? reader.block(20) : ZERO_ADDRESS,
    resetVersion: reader.left > 0 ? reader.uint(4) : 0,
    formerReading: reader.left > 0 ? reader.uint(4) : 0,
    formerEvent: reader.left > 0 ? reader.uint(4) : 0,
    triedFirmware: reader.left > 0 ? reader.uint(4) : 0,
  });
}

/** Of 32 bytes */
export function uint256(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

/** @throws RangeError when it is not one. */
export function uint256Bytes(value: bigint): Uint8Array {
  const bytes = value < 0n ? undefined : fromHex(value.toString(16).padStart(64, '0'));
  if (bytes?.length !== 32) throw new RangeError(`m3terId: expected a uint256, got ${value}`);
  return bytes;
}
