import { spawnSync } from 'node:child_process';

/** A request to one of the test programs of hosts/native/harness, or its answer. */
export class Fields {
  #bytes = Buffer.alloc(256);
  #length = 0;

  uint32(value: number): this {
    this.#reserve(4).writeUInt32LE(value >>> 0, this.#length - 4);
    return this;
  }

  int64(value: number): this {
    this.#reserve(8).writeBigInt64LE(BigInt(value), this.#length - 8);
    return this;
  }

  bytes(...parts: readonly Uint8Array[]): this {
    for (const part of parts) this.#reserve(part.length).set(part, this.#length - part.length);
    return this;
  }

  counts(counts: Uint16Array): this {
    return this.bytes(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength));
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): Buffer {
    this.#length += length;
    if (this.#length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#length);
    return this.#bytes;
  }
}

/** ms for all requests of a process */
const TIMEOUT = 90_000;

/** What a program answered; undefined for a refusal. */
export type Answer = Buffer | undefined;

export interface Request {
  readonly operation: number;
  readonly fields: Fields;
}

/** Sends all requests to a new process. @throws Error when it does not end well, stopped by a sanitizer, say */
export function converse(program: string, requests: readonly Request[]): Answer[] {
  const input = Buffer.concat(
    requests.flatMap(({ operation, fields }) => [frameHead(operation, fields), fields.written]),
  );
  const { status, signal, stdout, stderr } = spawnSync(program, {
    input,
    maxBuffer: 2 ** 28,
    timeout: TIMEOUT,
  });
  if (status !== 0)
    throw new Error(`${program}: ended by ${signal ?? status}\n${stderr.toString().slice(0, 4000)}`);
  const answers: Answer[] = [];
  for (let at = 0; at < stdout.length; ) {
    const end = at + 5 + stdout.readUInt32LE(at + 1);
    answers.push(stdout[at] === 0 ? stdout.subarray(at + 5, end) : undefined);
    at = end;
  }
  if (answers.length !== requests.length)
    throw new Error(`${program}: expected ${requests.length} answers, got ${answers.length}`);
  return answers;
}

function frameHead(operation: number, { written }: Fields): Buffer {
  const head = Buffer.alloc(5);
  head[0] = operation;
  head.writeUInt32LE(written.length, 1);
  return head;
}

/** The answer as 64-bit integers. @throws Error when it was refused */
export function int64s(answer: Answer): number[] {
  if (answer === undefined) throw new Error('expected an answer, got a refusal');
  return Array.from({ length: answer.length / 8 }, (_, k) => Number(answer.readBigInt64LE(8 * k)));
}
