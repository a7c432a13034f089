import type { PhaseCalibration } from '../../../firmware/metrology/calibration';

/** What can be counted; device/bench.ts names the function that says what each is. */
export type Span =
  | ('keccak256' | 'sha256' | 'sign' | 'recover' | 'kernel')
  | ('window' | 'wholeWindow' | 'save' | 'reading' | 'keptReading' | 'credit')
  | ('boot' | 'fullBoot' | 'opening' | 'fullOpening');

/** Sample pairs that the kernel sums in a run: three cycles. */
export const KERNEL_PAIRS = 240;

/** All 32 bytes of the digest that is signed where nothing but signing is counted. */
export const DIGEST_BYTE = 9;

/** The places of the flash files in the list that an image is given. */
export const FLASH_FILES = { begun: { ledger: 0, log: 1 }, full: { ledger: 2, log: 3 } } as const;
/** Of a meter with a full ledger: one that has not begun its log, and one whose log is full too. */
export type FlashState = keyof typeof FLASH_FILES;

/** What an image is to do: JSON, put in front of its script. */
export interface Plan {
  readonly spans: readonly Span[];
  /** Times that each is counted, and the length of `windows` and `credits` */
  readonly runs: number;
  /** Bytes by which the heap can grow beyond the engine and the code */
  readonly budget: number;
  /** Of the meter whose flash it is: 32 bytes in hex */
  readonly secret: string;
  readonly calibration: readonly PhaseCalibration[];
  /** By that secret, of a digest of 32 times `DIGEST_BYTE`; hex */
  readonly signature: string;
  /** Each in the numbers of the native sampler */
  readonly windows: readonly (readonly number[])[];
  /** Envelopes in hex, each with a higher total than the one before */
  readonly credits: readonly string[];
  /** Bytes of the log; the ledger has 64 KiB */
  readonly logSize: number;
}
