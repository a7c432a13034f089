/**
 * The ports that a host provides to the meter. A host only wires: it holds no policy. Run-time faults are values
 * from the closed sets below; an exception means misuse. All calls are made from one thread and none may block for
 * longer than a flash erase.
 */

/** Sums over one window for one phase: raw ADC counts, unsigned, bias included; integers, exact. */
export interface PhaseSums {
  /** Σv */
  readonly v: number;
  /** Σi */
  readonly i: number;
  /** Σv[n−1]: of the voltages one sample earlier; the first of them belongs to the window before. */
  readonly vEarlier: number;
  /** Σi[n−1] */
  readonly iEarlier: number;
  /** Σv² */
  readonly vv: number;
  /** Σi² */
  readonly ii: number;
  /** Σv·i */
  readonly vi: number;
  /** Σv[n−1]·i[n]: the voltage one sample earlier than the current */
  readonly vEarlierI: number;
  /** Σv[n]·i[n−1]: the current one sample earlier than the voltage */
  readonly vIEarlier: number;
}

/** Sums over a whole number of mains cycles (about 200 ms). Windows adjoin: no sample is in none or in two. */
export interface Window {
  readonly phases: readonly PhaseSums[];
  /** Sample sets summed: every phase has this many v and i. At least 1. */
  readonly samples: number;
  /** Whole mains cycles in it, by the first phase that has voltage; 0 when they could not be counted. */
  readonly cycles: number;
  /** µs, by the host's clock, since ADC rates are nominal. Durations of successive windows add up to the time. */
  readonly duration: number;
  /** µs between the interpolated zero crossings that begin and end the `cycles`; 0 when `cycles` is 0. */
  readonly cycleSpan: number;
  /** µs of `duration` for which samples were lost; 0 when none were. */
  readonly gap: number;
}

/** Raw counts as they were converted, for what sums cannot tell: harmonics, and the angles between phases. */
export interface Capture {
  /** Sample sets v1, i1, v2, i2, ... without a gap */
  readonly counts: Uint16Array;
  /** µs from one sample set to the next, their mean */
  readonly samplePeriod: number;
}

/** What one phase did in a window. Positive power flows to the load; positive reactive power is inductive. */
export interface PhaseMeasurement {
  /** V, RMS */
  readonly voltage: number;
  /** A, RMS */
  readonly current: number;
  /** W */
  readonly activePower: number;
  /** var */
  readonly reactivePower: number;
  /** VA */
  readonly apparentPower: number;
  /** active / apparent, −1 to 1; 1 when no power flows */
  readonly powerFactor: number;
}

export interface Measurement {
  readonly phases: readonly PhaseMeasurement[];
  /** Hz; 0 when no mains was seen */
  readonly frequency: number;
  /** µs that it covers */
  readonly duration: number;
}

/**
 * `saturation`: the ADC clipped. `no-mains`: no voltage. `gap`: samples were lost. `silent`: nothing comes. `bias`: a
 * channel rests far from the middle of the ADC's range. `stuck`: a channel gives the same count again and again.
 */
export type SensorFault = 'saturation' | 'no-mains' | 'gap' | 'silent' | 'bias' | 'stuck';

export interface SensorHandlers {
  onWindow(window: Window): void;
  /** From a metering chip, which measures by itself. */
  onMeasurement(measurement: Measurement): void;
  onFault(fault: SensorFault): void;
  /** The answer to `capture`. */
  onCapture(capture: Capture): void;
}

export interface Sensor {
  /** 1 to 3 */
  readonly phases: number;
  start(handlers: SensorHandlers): void;
  stop(): void;
  /**
   * Asks a running sensor for the next `sets` sample sets, 1 to 256. One answer comes by `onCapture`, none when the
   * sensor is stopped or samples are lost; asking again forgets what was asked before. Absent where a chip measures.
   */
  capture?(sets: number): void;
}

/** Latching or not is the driver's affair. */
export interface RelayDriver {
  close(): void;
  open(): void;
  /** True when the contact is closed; absent where nothing is wired to tell. */
  isClosed?(): boolean;
}

/**
 * A region of NOR flash: erasing sets a sector's bits, writing only clears bits. Reads and writes of any offset and
 * length. A call outside the region is misuse and throws RangeError.
 */
export interface FlashRegion {
  /** Bytes, a multiple of `sectorSize`. */
  readonly size: number;
  readonly sectorSize: number;
  read(offset: number, length: number): Uint8Array;
  /** Durable when it returns true; false when the device reports that programming failed. */
  write(offset: number, bytes: Uint8Array): boolean;
  /** Durable when it returns true; false when the device reports that erasing failed. */
  erase(sector: number): boolean;
}

export interface Flash {
  /** Counters and settings. */
  readonly ledger: FlashRegion;
  /** Readings and events. */
  readonly log: FlashRegion;
}

export interface SecretStore {
  /** The device's 32 secret bytes: made by hardware randomness at the first call, the same ever after. */
  seed(): Uint8Array;
}

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** ms since some fixed moment of this boot; never goes back. */
  monotonic(): number;
  /** Unix time in whole seconds; undefined before it is known. */
  now(): number | undefined;
  /** Calls back once, no sooner than after `milliseconds`, never from within this call. */
  after(milliseconds: number, callback: () => void): Timer;
}

export interface Crypto {
  random(length: number): Uint8Array;
  /** 32 bytes */
  sha256(message: Uint8Array): Uint8Array;
  /** 64 bytes */
  sha512(message: Uint8Array): Uint8Array;
  /** 32 bytes */
  keccak256(message: Uint8Array): Uint8Array;
  /** secp256k1 by RFC 6979: 65 bytes r ‖ s ‖ v, s in the lower half, v 27 or 28. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array;
  /**
   * The signer's public key, 64 bytes x ‖ y; undefined when the 65 bytes are no signature of this digest, or not in
   * the one form that `sign` gives (s in the lower half, v of 27 or 28).
   */
  recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined;
}

/** `unresolved`: no such name. `refused`, `timeout`, `closed` by the peer. `untrusted`: TLS says no. */
export type NetworkFault = 'unresolved' | 'refused' | 'timeout' | 'closed' | 'untrusted';

export interface TlsOptions {
  /** PEM of the only authority to trust; absent: those the host trusts, and with `keyHash` none is needed. */
  readonly authority?: string;
  /**
   * The only key to trust, whenever its certificate is or was valid: SHA-256 of the SubjectPublicKeyInfo of the server's
   * own certificate (RFC 7469, 2.4), 64 hex digits. With an authority both must be right.
   */
  readonly keyHash?: string;
  /** PEM of the certificate that the meter shows, and of its private key: on Node only, others then trust nobody. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** A byte stream shaped like ECMA-419's TCP. No handler is called from within a call made to the socket. */
export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  /** Present for TLS, with the server's name checked against `host`. */
  readonly tls?: TlsOptions;
  /** `count` bytes at least can be read. */
  onReadable(count: number): void;
  /** `count` bytes can now be written; the first call says that the stream is open. */
  onWritable(count: number): void;
  /** The stream is dead, and the last handler to be called. Bytes that came before were announced before. */
  onError(fault: NetworkFault): void;
}

export interface Socket {
  /** All that has come, at most `limit` bytes; undefined when nothing has. */
  read(limit?: number): Uint8Array | undefined;
  /** At most as many bytes as the last `onWritable` told, less what was written since; more is misuse. */
  write(bytes: Uint8Array): void;
  /** No handler is called after this. */
  close(): void;
}

export interface Network {
  open(options: SocketOptions): Socket;
}

/** What a person at the meter can see. */
export interface Display {
  readonly closed: boolean;
  /** Why the supply is as it is, a SupplyReason. */
  readonly reason: string;
  /** mWh; undefined until it is restored: never show a zero in its place */
  readonly balance: number | undefined;
  readonly lowBalance: boolean;
  /** Even less is left than `lowBalance` says. */
  readonly criticalBalance: boolean;
  /** The relay's contact does not do as it is told: call for service. */
  readonly relayFault: boolean;
  readonly online: boolean;
}

export interface Indicator {
  show(display: Display): void;
}

/** A contact in the meter's case. */
export interface TamperSwitch {
  /** The case is open. Cheap: it is asked after every window. */
  isOpen(): boolean;
}

/** Knows that the power fails while the board still runs on what its capacitors hold. */
export interface PowerWatch {
  /** @param onFailing called in time for one write to flash: some 10 ms */
  start(onFailing: () => void): void;
}

export interface Watchdog {
  /**
   * Called once a window that made it from sample to relay; and once a second while the sensor is silent and the
   * supply therefore off, for a restart would not make it speak.
   */
  feed(): void;
}

/**
 * Two slots for firmware: one runs, the other takes the next. That starts on trial: whatever restarts before it is
 * confirmed brings back the one before, and the cause of that start is `rollback`.
 */
export interface Update {
  /** Of the firmware that runs, as firmware/version.ts has it. */
  readonly version: number;
  /** The firmware that runs has to prove itself first. */
  readonly isOnTrial: boolean;
  /** Begins to receive an image of so many bytes; what of another was received is lost. False: no slot is so large. */
  begin(size: number): boolean;
  /** Adds to the image. False when the flash did not take it, or it begins like no image: only `begin` helps. */
  write(piece: Uint8Array): boolean;
  /** SHA-256 of all that was written since `begin`, 32 bytes; nothing is written after it. */
  digest(): Uint8Array;
  /** Makes the image the one to start next. False: it is damaged, for another chip, or lacks the signature it demands. */
  finish(): boolean;
  /** Forgets what was received. */
  abandon(): void;
  /** Keeps the firmware that is on trial; false when the flash did not take it: to be tried again. */
  confirm(): boolean;
  /** Restarts into the firmware before; returns only when there is none. */
  rollBack(): void;
  /** Restarts into the firmware that is to start next. On a board it does not return. */
  restart(): void;
}

/**
 * Why this run of the firmware began. `power`: it came, or came back. `reset`: the pin, or a debugger. `requested`: the
 * firmware's own wish, for an update or new settings. `watchdog`: no window made it from sample to relay in time.
 * `memory`: there was none left. `crash`: an exception of the processor, or one that nobody caught. `brown-out`: the
 * supply voltage sagged. `rollback`: an update did not prove itself and was taken back.
 */
export type RestartCause =
  | 'power'
  | 'reset'
  | 'requested'
  | 'watchdog'
  | 'memory'
  | 'crash'
  | 'brown-out'
  | 'rollback';

export interface Host {
  readonly sensor: Sensor;
  readonly relay: RelayDriver;
  readonly flash: Flash;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly network: Network;
  readonly indicator?: Indicator;
  readonly watchdog?: Watchdog;
  readonly tamper?: TamperSwitch;
  readonly powerWatch?: PowerWatch;
  /** Absent where there is but one slot. */
  readonly update?: Update;
  /** Absent where the host cannot tell. */
  readonly restart?: RestartCause;
}
