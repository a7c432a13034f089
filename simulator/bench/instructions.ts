import { toHex } from '../../firmware/bytes';
import { milliwattHours } from '../../firmware/energy';
import { calibrationOf, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../hosts/mock/phasor';
import { Prng } from '../../hosts/mock/prng';
import { createCrypto } from '../../hosts/node/crypto';
import { windowNumbers } from '../../hosts/xs/device/remote-host';
import { buildImage, bundleBench, type CryptoName, count, type FlashImages } from '../../hosts/xs/rv32/image';
import { DIGEST_BYTE, type Plan, type Span } from '../../hosts/xs/rv32/plan';
import { signDirective } from '../directive';
import { CREDITED, DOMAIN, M3TER_ID, OPERATOR, SECRET } from './bench-meter';
import { fullFlash, fullLedger, type UsedFlash } from './full-flash';
import type { Effort, InJavaScript } from './row';
import { median } from './timing';

/** Bytes by which the heap can grow: what an ESP32 has for the firmware beside Wi-Fi and TLS. */
const BOARD_BUDGET = 128 * 1024;
/** Room for the tables of @noble. */
const LARGE_BUDGET = 8 * 1024 * 1024;
const LOAD = {
  voltage: 230,
  frequency: 50,
  phases: [{ activePower: 1000, reactivePower: 300 }],
  until: Number.POSITIVE_INFINITY,
};

/** Counts instructions of the firmware on XS on RV32. Where `canCountInstructions` says so. */
export class InstructionCounter {
  readonly #effort: Effort;
  readonly #image: string;
  readonly #flash: FlashImages;

  private constructor(effort: Effort, image: string) {
    this.#effort = effort;
    this.#image = image;
    this.#flash = {
      begun: imagesOf(fullLedger(effort.logSize)),
      full: imagesOf(fullFlash(effort.logSize)),
    };
  }

  /** @throws Error as `buildImage` does */
  static async open(effort: Effort): Promise<InstructionCounter> {
    return new InstructionCounter(effort, await buildImage());
  }

  /** With the board's C, in the board's memory: the median of each. @throws Error when that memory does not do */
  async native(spans: readonly Span[]): Promise<ReadonlyMap<Span, number>> {
    const { countedRuns } = this.#effort;
    const { counts, isMemoryFull } = await this.#count('native', spans, BOARD_BUDGET, countedRuns);
    if (isMemoryFull) throw new Error('XS on RV32: expected to do with its memory, got memory full');
    return new Map([...counts].map(([span, runs]) => [span, median(runs)]));
  }

  /**
   * With @noble, in as much memory as it takes, the last run of each; and whether it does with the board's too.
   * @param runs 2 where what the first has left, @noble's table of multiples, is at hand in practice; else 1
   */
  async noble(spans: readonly Span[], runs: 1 | 2): Promise<ReadonlyMap<Span, InJavaScript>> {
    const { counts } = await this.#count('noble', spans, LARGE_BUDGET, runs);
    const fitting = await this.fitting(spans);
    return new Map(
      [...counts].map(([span, values]) => [span, { value: values.at(-1) ?? 0, fits: fitting.has(span) }]),
    );
  }

  /** Those that run with @noble in the board's memory. One that does not ends the run, and a new one goes on behind it. */
  async fitting(spans: readonly Span[]): Promise<ReadonlySet<Span>> {
    const fitting = new Set<Span>();
    for (let left = spans; left.length > 0; ) {
      const { counts, isMemoryFull } = await this.#count('noble', left, BOARD_BUDGET, 1);
      for (const span of counts.keys()) fitting.add(span);
      left = isMemoryFull ? left.slice(counts.size + 1) : [];
    }
    return fitting;
  }

  async #count(crypto: CryptoName, spans: readonly Span[], budget: number, runs: number) {
    const plan = planOf({ spans, budget, runs, logSize: this.#effort.logSize });
    return count(this.#image, await bundleBench(crypto), this.#flash, plan);
  }
}

function planOf(choice: Pick<Plan, 'spans' | 'budget' | 'runs' | 'logSize'>): Plan {
  const digest = new Uint8Array(32).fill(DIGEST_BYTE);
  return {
    ...choice,
    secret: toHex(SECRET),
    signature: toHex(createCrypto().sign(digest, SECRET)),
    calibration: calibrationOf(TYPICAL_HARDWARE),
    windows: windows(choice.runs),
    credits: Array.from({ length: choice.runs }, (_, k) => credit(CREDITED + k + 1)),
  };
}

function windows(length: number): number[][] {
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('window'), 0);
  // The one that sampling begins in counts no cycles.
  frontEnd.next(() => LOAD);
  return Array.from({ length }, () => {
    const [samples = 0, cycles = 0, duration = 0, cycleSpan = 0, gap = 0, ...sums] = windowNumbers(
      frontEnd.next(() => LOAD),
    );
    const [losses, clipped, joined] = [0, 0, 1];
    return [samples, cycles, duration, cycleSpan, gap, losses, clipped, joined, ...sums];
  });
}

function credit(energy: number): string {
  const message = { m3terId: M3TER_ID, credited: milliwattHours(energy), withdrawn: 0 };
  return toHex(signDirective(DOMAIN, OPERATOR, 'credit', message).payload);
}

function imagesOf({ ledger, log }: UsedFlash) {
  return { ledger: ledger.read(0, ledger.size), log: log.read(0, log.size) };
}
