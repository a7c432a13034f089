import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Files, OpenFile } from '../../../hosts/desktop/files';

/** The SDK's module `file` by its own words (modules/files/file/lin/modFile.c), on Node. */
class SdkFile implements OpenFile {
  position = 0;
  readonly #file: number;

  static exists = existsSync;

  static rename(path: string, name: string): boolean {
    try {
      renameSync(path, join(dirname(path), name));
      return true;
    } catch {
      return false;
    }
  }

  constructor(path: string, isWritable = false) {
    const mode = isWritable ? (existsSync(path) ? 'r+' : 'w+') : 'r';
    this.#file = openSync(path, mode);
  }

  get length(): number {
    return fstatSync(this.#file).size;
  }

  read(_type: ArrayBufferConstructor, count: number): ArrayBuffer {
    if (this.position >= this.length) throw new Error('read past end of file');
    const bytes = new Uint8Array(Math.min(count, this.length - this.position));
    this.position += readSync(this.#file, bytes, 0, bytes.length, this.position);
    return bytes.buffer;
  }

  write(bytes: ArrayBuffer): void {
    if (!(bytes instanceof ArrayBuffer)) throw new TypeError('expected an ArrayBuffer');
    this.position += writeSync(this.#file, new Uint8Array(bytes), 0, bytes.byteLength, this.position);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export const sdkFiles: Files = {
  File: SdkFile,
  Directory: { create: path => mkdirSync(path, { recursive: true }) },
};

/** An empty directory; with a separator at its end. */
export function temporaryDirectory(): string {
  return `${mkdtempSync(join(tmpdir(), 'm3ter-desktop-'))}/`;
}
