/**
 * What the boards' host uses of the Moddable SDK 8.2, whose own typings are only where it is installed. Those on
 * npm are older, and lack half of these modules.
 */

declare module 'embedded:io/digital' {
  const Digital: {
    new (options: {
      readonly pin: number;
      readonly mode: number;
      readonly activeLow?: boolean;
      readonly initialValue?: number;
      readonly edge?: number;
      onReadable?(): void;
    }): { read(): number; write(value: number): void; close(): void };
    readonly Input: number;
    readonly InputPullUp: number;
    readonly Output: number;
    readonly OutputOpenDrain: number;
    readonly Rising: number;
  };
  export default Digital;
}

declare module 'embedded:io/i2c' {
  import type { I2cClass } from './esp32/ssd1306';

  const I2C: I2cClass;
  export default I2C;
}

declare module 'embedded:io/serial' {
  import type { SerialClass } from './esp32/console';

  const Serial: SerialClass;
  export default Serial;
}

declare module 'embedded:io/socket/tcp' {
  import type { StreamClass } from './esp32/network';

  const TCP: StreamClass;
  export default TCP;
}

declare module 'embedded:io/socket/udp' {
  import type { DatagramSocketClass } from './esp32/time';

  const UDP: DatagramSocketClass;
  export default UDP;
}

declare module 'embedded:network/interface/wifi' {
  import type { WifiInterfaceClass } from './esp32/wifi';

  const WiFi: WifiInterfaceClass;
  export default WiFi;
}

declare module 'embedded:storage/flash' {
  import type { FlashPartition } from './esp32/flash-region';

  const flash: { open(options: { readonly path: string }): FlashPartition };
  export default flash;
}

declare module 'embedded:storage/key-value' {
  interface Store<Value> {
    read(key: string): Value | undefined;
    write(key: string, value: Value extends string ? string : Uint8Array): void;
    delete(key: string): void;
  }
  const storage: {
    open(options: { readonly path: string; readonly format: 'buffer' }): Store<ArrayBuffer>;
    open(options: { readonly path: string; readonly format: 'string' }): Store<string>;
  };
  export default storage;
}

declare module 'embedded:update' {
  import type { FlashPartition } from './esp32/flash-region';
  import type { SlotUpdate } from './esp32/update';

  const update: SlotUpdate<FlashPartition>;
  export default update;
}

declare module 'mc/config' {
  const config: Readonly<Record<string, unknown>>;
  export default config;
}

declare module 'net' {
  const Net: { resolve(host: string, callback: (host: string, address: string | undefined) => void): void };
  export default Net;
}

declare module 'rng' {
  const RNG: { init(seed: ArrayBuffer): void };
  export default RNG;
}

declare module 'crypt' {
  export class Digest {
    constructor(name: 'SHA256' | 'SHA512');
    write(bytes: Uint8Array): void;
    close(): ArrayBuffer;
  }
}

declare module 'ssl/cert' {
  import type { DecodedCertificate, PublicKey } from 'x509';
  export default class CertificateManager {
    constructor(options: { readonly verify?: boolean });
    verify(chain: readonly Uint8Array[]): boolean;
    _verify(issuer: PublicKey, certificate: DecodedCertificate): boolean;
  }
}

declare module 'ssl/handshake' {
  import type Session from 'ssl/session';
  export interface Protocol {
    packetize(session: Session, ...parameters: unknown[]): Uint8Array;
  }
  const handshakeProtocol: {
    readonly clientHello: Protocol & { readonly msgType: number };
    readonly helloProtocol: {
      packetize(
        session: Session,
        suites: readonly { readonly value: readonly number[] }[],
        compression: readonly number[],
        message: number,
      ): Uint8Array;
    };
  };
  export default handshakeProtocol;
}

declare module 'ssl/session' {
  import type CertificateManager from 'ssl/cert';
  import type { Protocol } from 'ssl/handshake';
  import type { TlsTransport } from './esp32/tls-stream';
  export default class Session {
    constructor(options: {
      readonly serverName: string;
      readonly protocolVersion: number;
      readonly cache: boolean;
    });
    certificateManager: CertificateManager;
    readonly alert: { readonly level: number; readonly description: number } | undefined;
    readonly handshakeProcess: number;
    initiateHandshake(): void;
    handshake(transport: TlsTransport): boolean;
    read(transport: TlsTransport): Uint8Array | undefined | null;
    write(transport: TlsTransport, bytes: Uint8Array): number;
    readPacket(transport: TlsTransport): ArrayBuffer | undefined;
    doProtocol(transport: TlsTransport, protocol: Protocol, ...parameters: unknown[]): void;
  }
}

declare module 'time' {
  const Time: {
    /** ms by the system's clock, in 32 bits */
    readonly ticks: number;
    /** @param seconds Unix time */
    set(seconds: number): void;
  };
  export default Time;
}

declare module 'timer' {
  const Timer: {
    set(callback: () => void, milliseconds: number): object;
    repeat(callback: () => void, milliseconds: number): object;
    /** Without effect on one that has fired. */
    clear(timer: object): void;
  };
  export default Timer;
}

declare module 'x509' {
  import type { SubjectName } from './esp32/tls-name';
  export type PublicKey = object;
  export interface DecodedCertificate {
    readonly tbs: Uint8Array;
  }
  const X509: {
    decode(certificate: Uint8Array): DecodedCertificate;
    decodeTBS(tbs: Uint8Array): {
      /** Unix ms */
      readonly validity: { readonly from: number; readonly to: number };
      readonly issuer: Uint8Array;
      readonly subject: Uint8Array;
      readonly subjectPublicKeyInfo: Uint8Array;
    };
    decodeSPKI(certificate: Uint8Array): PublicKey;
    decodeSAN(certificate: Uint8Array): readonly SubjectName[] | undefined;
    decodeExtension(certificate: Uint8Array, id: readonly number[]): ArrayBuffer | undefined;
  };
  export default X509;
}

declare module 'qrcode' {
  /** @returns the modules row by row, a byte each: 1 for a dark one. @throws when it does not fit the version */
  export default function QRCode(options: {
    readonly input: string;
    /** 1 to 40 */
    readonly maxVersion: number;
  }): ArrayBuffer;
}
