import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of the block, in which the firmware is compiled too: it takes two copies of the byte code on the way. */
const BLOCK_SIZE = 2 * 1024 * 1024;
const HEADER_SIZE = 5;

/** Bytes of the heap: live after `collect`, else with what garbage there is. */
export interface Heap {
  readonly used: number;
  /** The most since the last `collect` */
  readonly peak: number;
  readonly slots: number;
  /** Bytes of a slot: 16 where a pointer has 32 bits */
  readonly slotSize: number;
  /** Bytes of strings, buffers and byte code */
  readonly chunks: number;
  /** Bytes of the stack, not part of the others */
  readonly stack: number;
}

/** Asked by the script. */
export type Serve = (request: Uint8Array) => Uint8Array;

/** The engine has ended, and said why. */
export class EngineEnded extends Error {
  /** Its heap could not grow as far as it had to. */
  readonly isMemoryFull: boolean;

  constructor(why: string) {
    super(`engine: ${why}`);
    this.name = 'EngineEnded';
    this.isMemoryFull = why === 'memory full';
  }
}

/**
 * A bare XS engine in a process of its own (native/engine.c), that runs a script and then what it is called for. All
 * is synchronous, as if it were in this process: that needs pipes on which reading blocks, which Node's are not.
 */
export class Engine {
  readonly #process: ChildProcess;
  readonly #serve: Serve;
  readonly #input: number;
  readonly #output: number;
  #isBusy = false;
  #isOver = false;

  /**
   * @param program made by `buildEngine`
   * @param script ASCII
   * @throws Error when the script does
   */
  constructor(program: string, script: string, serve: Serve) {
    this.#serve = serve;
    const directory = mkdtempSync(join(tmpdir(), 'm3ter-xs-'));
    const [input, output] = [pipe(join(directory, 'in')), pipe(join(directory, 'out'))];
    this.#process = spawn(program, [`${BLOCK_SIZE}`], {
      stdio: [input.reader, output.writer, 'inherit'],
      // what ends this process from the terminal must not end the engine first
      detached: true,
    });
    // Node tells that there is no such program, later; the pipe, whose reader it was, tells at once
    this.#process.on('error', () => {});
    this.#process.unref();
    closeSync(input.reader);
    closeSync(output.writer);
    rmSync(directory, { recursive: true });
    this.#input = input.writer;
    this.#output = output.reader;
    this.#exchange('S', Buffer.from(script));
  }

  /** Calls the script's `handle`. @throws Error as it does, or when the engine ended; what `serve` throws ends it too */
  call(request: Uint8Array): Uint8Array {
    return this.#exchange('C', request);
  }

  /** From now on the heap can grow by so many bytes only; one that has to grow more ends the engine: "memory full". */
  limit(budget: number): Heap {
    return heapOf(this.#exchange('B', new Uint8Array(Uint32Array.of(budget).buffer)));
  }

  /** Leaves only what is live. */
  collect(): Heap {
    return heapOf(this.#exchange('G'));
  }

  heap(): Heap {
    return heapOf(this.#exchange('H'));
  }

  /** As a power cut does it. */
  kill(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#process.kill('SIGKILL');
    closeSync(this.#input);
    closeSync(this.#output);
  }

  #exchange(kind: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
    if (this.#isOver) throw new Error('engine: expected it to run, got one that has ended');
    if (this.#isBusy) throw new Error('engine: expected no call from within a call');
    this.#isBusy = true;
    try {
      this.#send(kind, payload);
      return this.#receiveResult();
    } finally {
      this.#isBusy = false;
    }
  }

  #receiveResult(): Uint8Array {
    for (;;) {
      const { kind, payload } = this.#receive();
      if (kind === 'R') return payload;
      if (kind === 'E') throw new Error(`engine: ${Buffer.from(payload).toString()}`);
      if (kind === 'C') this.#send('R', this.#served(payload));
      else this.#end(Buffer.from(payload).toString());
    }
  }

  #served(request: Uint8Array): Uint8Array {
    try {
      return this.#serve(request);
    } catch (error) {
      this.kill();
      throw error;
    }
  }

  #end(why: string): never {
    this.kill();
    throw new EngineEnded(why);
  }

  #send(kind: string, payload: Uint8Array): void {
    const frame = Buffer.alloc(HEADER_SIZE + payload.length);
    frame.writeUInt32LE(payload.length);
    frame.write(kind, HEADER_SIZE - 1);
    frame.set(payload, HEADER_SIZE);
    try {
      for (let offset = 0; offset < frame.length; ) offset += writeSync(this.#input, frame, offset);
    } catch (error) {
      // Nobody reads: what it may have said before its end is still to be read.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  }

  #receive(): { readonly kind: string; readonly payload: Uint8Array } {
    const header = this.#read(HEADER_SIZE);
    const kind = String.fromCharCode(header[HEADER_SIZE - 1] as number);
    return { kind, payload: this.#read(new DataView(header.buffer).getUint32(0, true)) };
  }

  #read(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; ) {
      const count = readSync(this.#output, bytes, offset, length - offset, null);
      if (count === 0) this.#end('it ended without a word');
      offset += count;
    }
    return bytes;
  }
}

/** Both ends of a named pipe. One that is read and written to can be opened without waiting for the other end. */
function pipe(path: string): { readonly reader: number; readonly writer: number } {
  const { status, stderr } = spawnSync('mkfifo', [path]);
  if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
  const both = openSync(path, 'r+');
  const ends = { reader: openSync(path, 'r'), writer: openSync(path, 'w') };
  closeSync(both);
  return ends;
}

/** HeapReport of native/heap.h */
function heapOf({ buffer }: Uint8Array): Heap {
  const [slotSize = 0, slots = 0, peakSlots = 0, chunks = 0, peakChunks = 0, stack = 0] = new Uint32Array(
    buffer,
  );
  const used = slots * slotSize + chunks;
  return { used, peak: peakSlots * slotSize + peakChunks, slots, slotSize, chunks, stack };
}
