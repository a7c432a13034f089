import type { Clock } from '../../../firmware/host';
import { crc16, READ_INPUT_REGISTERS, withCrc } from '../../chips/modbus';
import type { Prng } from '../prng';
import { type ChipLoad, NO_LOAD } from './chip-load';
import { type LineFault, spoil } from './line-fault';
import type { SerialWire } from './serial-wire';

export interface Pzem004tChipOptions {
  readonly clock: Clock;
  readonly wire: SerialWire;
  readonly prng: Prng;
  /** Modbus address; the factory's 1 where absent. */
  readonly address?: number;
}

const REGISTERS = 10;
const QUESTION_LENGTH = 8;
/** ms from a question to its answer at least, and how much more it may take */
const SHORTEST_DELAY = 15;
const DELAY_RANGE = 35;
const EXCEPTION = 0x80;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

/** A PZEM-004T version 3 at its end of the line (user manual V3.0, §2). */
export class Pzem004tChip {
  readonly #options: Pzem004tChipOptions;
  readonly #address: number;
  /** What becomes of the next answers, one after the other; then nothing does. */
  readonly faults: LineFault[] = [];
  load: ChipLoad = NO_LOAD;
  /** Without mains it does not answer. */
  isPowered = true;
  /** It answers with an exception: "slave device failure", say. */
  exception: number | undefined;
  /** ms that an answer takes longer than usual */
  lateness = 0;
  /** What the registers hold in place of what flows. */
  registers: readonly number[] | undefined;
  questions = 0;

  constructor(options: Pzem004tChipOptions) {
    this.#options = options;
    this.#address = options.address ?? 1;
    options.wire.listen(message => this.#hear(message));
  }

  #hear(message: Uint8Array): void {
    if (!this.isPowered || message.length !== QUESTION_LENGTH || message[0] !== this.#address) return;
    const end = QUESTION_LENGTH - 2;
    if (crc16(message, 0, end) !== (message[end] as number) + 256 * (message[end + 1] as number)) return;
    this.questions++;
    const { clock, wire, prng } = this.#options;
    const delay = SHORTEST_DELAY + DELAY_RANGE * prng.uniform() + this.lateness;
    const answer = spoil(this.#answerTo(message), this.faults.shift() ?? 'none', prng);
    clock.after(delay, () => {
      if (this.isPowered) wire.send(answer);
    });
  }

  #answerTo(question: Uint8Array): Uint8Array {
    const view = new DataView(question.buffer);
    const [first, count] = [view.getUint16(2), view.getUint16(4)];
    if (this.exception !== undefined) return this.#refuse(question, this.exception);
    if (question[1] !== READ_INPUT_REGISTERS) return this.#refuse(question, ILLEGAL_FUNCTION);
    if (first + count > REGISTERS) return this.#refuse(question, ILLEGAL_ADDRESS);
    const values = (this.registers ?? registersOf(this.load)).slice(first, first + count);
    const data = values.flatMap(value => [value >>> 8, value & 0xff]);
    return withCrc(Uint8Array.of(this.#address, READ_INPUT_REGISTERS, data.length, ...data, 0, 0));
  }

  #refuse(question: Uint8Array, code: number): Uint8Array {
    return withCrc(Uint8Array.of(this.#address, EXCEPTION | (question[1] as number), code, 0, 0));
  }
}

/** 0.1 V, mA, 0.1 W, Wh, 0.1 Hz, 0.01, alarm; 32-bit values with the lower half first. */
function registersOf({ voltage, current, activePower, frequency = 50 }: ChipLoad): number[] {
  const apparent = voltage * current;
  const powerFactor = apparent === 0 ? 0 : Math.min(1, Math.abs(activePower) / apparent);
  return [
    Math.round(voltage * 10),
    ...halves(Math.round(current * 1000)),
    ...halves(Math.round(Math.abs(activePower) * 10)),
    ...halves(0),
    Math.round(frequency * 10),
    Math.round(powerFactor * 100),
    0,
  ];
}

function halves(value: number): readonly number[] {
  return [value & 0xffff, Math.floor(value / 0x10000)];
}
