import { failure, type Result, success } from '../../firmware/result';

/** A file that is open, of the SDK's module `file`. Each call throws what the system refuses. */
export interface OpenFile {
  /** Bytes */
  readonly length: number;
  /** Of the next byte that is read or written. */
  position: number;
  /** At most `count` bytes; throws at the end of the file. */
  read(type: ArrayBufferConstructor, count: number): ArrayBuffer;
  /** Handed to the system when it returns, so that nothing is lost with the process. */
  write(bytes: ArrayBuffer): void;
  close(): void;
}

/** The SDK's module `file`, as far as it is used here; it is the same on Linux, macOS and Windows. */
export interface Files {
  readonly File: {
    /** Makes the file when it is to be written and not there; throws when it cannot be opened. */
    new (path: string, isWritable?: boolean): OpenFile;
    exists(path: string): boolean;
    /** @param name without its directory @returns false when the system refuses */
    rename(path: string, name: string): boolean;
  };
  readonly Directory: {
    /** One that is there is left as it is. */
    create(path: string): void;
  };
}

/**
 * All bytes of a file; undefined when it is not there.
 * @throws Error when it has more than `limit` bytes, naming the file, or when the system refuses
 */
export function readFile({ File }: Files, path: string, limit: number): Uint8Array | undefined {
  if (!File.exists(path)) return undefined;
  const file = new File(path);
  try {
    const { length } = file;
    if (length > limit) throw new Error(`${path}: expected at most ${limit} bytes, got ${length}`);
    return length === 0 ? new Uint8Array() : new Uint8Array(file.read(ArrayBuffer, length));
  } finally {
    file.close();
  }
}

/**
 * A text of ASCII; other bytes become characters that no text of ours has. Undefined when it is not there.
 * The fault is one line on why it cannot be read.
 */
export function readText(files: Files, path: string, limit: number): Result<string | undefined, string> {
  try {
    const bytes = readFile(files, path, limit);
    if (bytes === undefined) return success(undefined);
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return success(text);
  } catch (error) {
    return failure((error as Error).message);
  }
}

/**
 * Makes a file of these bytes, under another name first, so that it is never seen half made.
 * @param directory with a separator at its end
 * @throws Error when the system refuses
 */
export function createFile({ File }: Files, directory: string, name: string, bytes: ArrayBuffer): void {
  const draft = `${directory}${name}.new`;
  const file = new File(draft, true);
  try {
    file.write(bytes);
  } finally {
    file.close();
  }
  if (!File.rename(draft, name)) throw new Error(`${directory}${name}: expected to be made, got refused`);
}
