import type { Message, StructType } from './struct-type';

/**
 * Everything that is signed, as EIP-712 structs. The order of the fields is part of the signature and of the wire
 * format: a change to any of these is a new protocol. Energies are in mWh, times in Unix seconds.
 */

/** The meter's statement of its registers, chained to the reading before by its digest. */
export const READING = {
  name: 'Reading',
  fields: {
    m3terId: 'uint256',
    sequence: 'uint64',
    timestamp: 'uint64',
    imported: 'uint64',
    exported: 'uint64',
    debited: 'uint64',
    credited: 'uint64',
    withdrawn: 'uint64',
    feedIn: 'uint64',
    status: 'uint32',
    telemetry: 'bytes32',
    previous: 'bytes32',
  },
} as const satisfies StructType;
export type Reading = Message<typeof READING>;

/** An entry of the meter's event log, chained to the event before by its digest. */
export const EVENT = {
  name: 'Event',
  fields: {
    m3terId: 'uint256',
    sequence: 'uint64',
    timestamp: 'uint64',
    code: 'uint16',
    detail: 'bytes32',
    previous: 'bytes32',
  },
} as const satisfies StructType;
export type Event = Message<typeof EVENT>;

/** Device to registry: "I am this M3ter". */
export const LINK = {
  name: 'Link',
  fields: {
    m3terId: 'uint256',
    device: 'address',
  },
} as const satisfies StructType;
export type Link = Message<typeof LINK>;

/**
 * Device to broker: "I am this M3ter, and let me in today". `broker` is the host's name as the meter was told it, `day` in
 * days since 1970, 0 while the time is unknown. It travels as the password of MQTT and not in an envelope.
 */
export const LOGIN = {
  name: 'Login',
  fields: {
    m3terId: 'uint256',
    device: 'address',
    broker: 'string',
    day: 'uint32',
  },
} as const satisfies StructType;
export type Login = Message<typeof LOGIN>;

/** Energy bought for the meter and withdrawn from it, in total, ever. */
export const CREDIT = {
  name: 'Credit',
  fields: {
    m3terId: 'uint256',
    credited: 'uint64',
    withdrawn: 'uint64',
  },
} as const satisfies StructType;
export type Credit = Message<typeof CREDIT>;

/** Minutes of the day, a bit a weekday, and the weight of energy in that time in thousandths. */
export const BAND = {
  name: 'Band',
  fields: {
    fromMinute: 'uint16',
    toMinute: 'uint16',
    days: 'uint8',
    factor: 'uint16',
  },
} as const satisfies StructType;
export type Band = Message<typeof BAND>;

export const TARIFF = {
  name: 'Tariff',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
    validFrom: 'uint64',
    feedInFactor: 'uint16',
    bands: [BAND],
  },
} as const satisfies StructType;
export type Tariff = Message<typeof TARIFF>;

/** `state` is one of `ORDER_STATES`; `powerLimit` in W, 0 for none; `until` 0 for ever. */
export const SUPPLY_ORDER = {
  name: 'SupplyOrder',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
    state: 'uint8',
    powerLimit: 'uint32',
    until: 'uint64',
  },
} as const satisfies StructType;
export type SupplyOrder = Message<typeof SUPPLY_ORDER>;

/**
 * What the meter's owner lets it do, and what its grid is like; meaning, unit and range of each field are those of
 * `PolicySetting`.
 */
export const POLICY = {
  name: 'Policy',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
    sealed: 'uint8',
    nominalVoltage: 'uint16',
    sag: 'uint16',
    swell: 'uint16',
    interruption: 'uint16',
    overvoltage: 'uint16',
    undervoltage: 'uint16',
    minimumOff: 'uint16',
    reconnectSpread: 'uint16',
    lowBalance: 'uint32',
    criticalBalance: 'uint32',
    emergencyCredit: 'uint32',
    debtLimit: 'uint32',
    armBeforeReconnect: 'uint8',
    friendlyFrom: 'uint16',
    friendlyTo: 'uint16',
    friendlyDays: 'uint8',
    loadTolerance: 'uint16',
    loadPause: 'uint16',
    loadRetries: 'uint8',
    reducedLoad: 'uint32',
    cutOnTamper: 'uint8',
    unknownTime: 'uint8',
    utcOffset: 'uint16',
    readingInterval: 'uint16',
    telemetryInterval: 'uint16',
    trustConsole: 'uint8',
    payloadInterval: 'uint32',
    homeAssistant: 'uint8',
  },
} as const satisfies StructType;
export type Policy = Message<typeof POLICY>;

/**
 * Whom the meter obeys; signed by the present owner, or by the registrar. The zero address as operator: nobody but the owner.
 */
export const ROLES = {
  name: 'Roles',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
    owner: 'address',
    operator: 'address',
  },
} as const satisfies StructType;
export type Roles = Message<typeof ROLES>;

/** The meter is to forget who it is and whom it obeys; signed by the owner, or by the registrar. */
export const FACTORY_RESET = {
  name: 'FactoryReset',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
  },
} as const satisfies StructType;
export type FactoryReset = Message<typeof FACTORY_RESET>;

/** Every reading up to `sequence` is kept for good, and the meter may forget it. */
export const ACKNOWLEDGEMENT = {
  name: 'Acknowledgement',
  fields: {
    m3terId: 'uint256',
    sequence: 'uint64',
  },
} as const satisfies StructType;
export type Acknowledgement = Message<typeof ACKNOWLEDGEMENT>;

export const FIRMWARE_RELEASE = {
  name: 'FirmwareRelease',
  fields: {
    m3terId: 'uint256',
    version: 'uint32',
    hash: 'bytes32',
    url: 'string',
  },
} as const satisfies StructType;
export type FirmwareRelease = Message<typeof FIRMWARE_RELEASE>;
