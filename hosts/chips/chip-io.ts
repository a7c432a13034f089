/** What the drivers of metering chips need of ECMA-419's Serial. */
export interface ChipSerialPort {
  /** All that has come; undefined when nothing has. */
  read(): ArrayBuffer | undefined;
  /** @throws Error when there is no room for all of it */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** @throws Error when pins or port cannot be had */
export type ChipSerialClass = new (options: {
  /** UART */
  readonly port: number;
  readonly receive: number;
  /** Absent where the chip is only listened to. */
  readonly transmit?: number;
  readonly baud: number;
  readonly format: 'buffer';
  onReadable?(count: number): void;
  onWritable?(count: number): void;
}) => ChipSerialPort;

/** What they need of ECMA-419's I2C. All but `close` throw when the chip does not answer. */
export interface ChipI2cDevice {
  /** @param stop false where a `read` follows in the same message; true where absent */
  write(bytes: Uint8Array, stop?: boolean): void;
  read(count: number): ArrayBuffer;
  close(): void;
}

export type ChipI2cClass = new (options: {
  /** GPIO of SDA */
  readonly data: number;
  /** GPIO of SCL */
  readonly clock: number;
  readonly address: number;
  readonly hz: number;
  /** ms that a bus which somebody holds down may cost */
  readonly timeout: number;
}) => ChipI2cDevice;
