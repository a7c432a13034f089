import Digital from 'embedded:io/digital';
import I2C from 'embedded:io/i2c';
import Serial from 'embedded:io/serial';
import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import WiFi from 'embedded:network/interface/wifi';
import flash from 'embedded:storage/flash';
import keyValue from 'embedded:storage/key-value';
import update from 'embedded:update';
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's module, not Node's
import Net from 'net';
import QRCode from 'qrcode';
import Time from 'time';
import Timer from 'timer';
import type { TlsOptions } from '../../firmware/host';
import type { ChipSerialClass } from '../chips/chip-io';
import { createCrypto, sha256OfPieces } from '../native/crypto/crypto';
import { sha512 } from '../native/crypto/sha512';
import { Sampler } from '../native/sampler/sampler';
import {
  hardwareWatchdog,
  microseconds,
  PulseOutput,
  restartBoard,
  restartRadio,
  seedRandom,
  setEvenParity,
  tellGuard,
} from './board-native';
import { BoardClock } from './clock';
import type { Esp32Devices } from './esp32-host';
import { type SecureStreamOptions, StreamNetwork } from './network';
import { createTlsSession } from './tls-session';
import { TlsStream } from './tls-stream';
import { UpdateSlots } from './update';
import { slotControl } from './update-native';

/** Of 29 by 29 modules, which holds an address of 42 characters. */
const QR_VERSION = 3;

/** The chip and the SDK's modules, in the shapes that this host's drivers take. */
export function openDevices() {
  const clock = new BoardClock({ timers: Timer, microseconds });
  const crypto = { ...createCrypto(), sha512 };
  const resolve = (host: string, callback: (address: string | undefined) => void) =>
    Net.resolve(host, (_name, address) => callback(address));
  const tlsParts = {
    ...{ tcp: TCP, clock },
    createSession: (host: string, trust: TlsOptions) => createTlsSession(crypto, host, trust),
  };
  class Tls extends TlsStream {
    constructor(options: SecureStreamOptions) {
      super(tlsParts, options);
    }
  }
  const NoParitySerial: ChipSerialClass = Serial;
  class EvenParitySerial extends NoParitySerial {
    constructor(options: ConstructorParameters<ChipSerialClass>[0]) {
      super(options);
      setEvenParity(options.port);
    }
  }
  return {
    ...{ clock, crypto, resolve, flash, seedRandom, Sampler, Digital, tellGuard },
    ...{ Coil: PulseOutput, watchdog: hardwareWatchdog, secrets: keyValue },
    network: new StreamNetwork({ tcp: TCP, tls: Tls, resolve, clock }),
    slots: () =>
      new UpdateSlots({
        flash,
        update,
        control: slotControl,
        digest: sha256OfPieces,
        notes: openTexts('update'),
        restart: restartBoard,
      }),
    settings: () => openTexts('settings'),
    /** For the times in certificates; nothing else of ours asks the SDK for the time. */
    setSystemTime: (milliseconds: number) => Time.set(Math.round(milliseconds / 1000)),
    encodeQr,
    ...{ I2C, Serial, EvenParitySerial, UDP, WiFi, restartRadio },
  } satisfies Esp32Devices & Record<string, unknown>;
}

export type BoardDevices = ReturnType<typeof openDevices>;

/** As `Ssd1306` takes it; its C needs a kilobyte for a moment, which there may not be. */
function encodeQr(text: string): Uint8Array | undefined {
  try {
    return new Uint8Array(QRCode({ input: text, maxVersion: QR_VERSION }));
  } catch {
    return undefined;
  }
}

function openTexts(path: string) {
  return keyValue.open({ path, format: 'string' });
}
