import { createReadStream } from 'node:fs';

/** Characters that are kept of a line: no message of a meter makes a longer one, and a file may be one line. */
const LONGEST = 8192;

/** Some lines of a file, in their order, each cut off at 8192 characters. */
export interface LogLines {
  readonly lines: readonly string[];
  /** Of the file, with these */
  readonly bytesRead: number;
}

/** Reads a file piece by piece, whatever it holds: a byte, a character. @throws as Node does when it cannot be read */
export async function* logLines(path: string): AsyncGenerator<LogLines, void, void> {
  let [begun, bytesRead] = ['', 0];
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    const lines: string[] = [];
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      lines.push(extended(begun, piece, from, end));
      begun = '';
      from = end + 1;
    }
    begun = extended(begun, piece, from, piece.length);
    bytesRead += piece.length;
    yield { lines, bytesRead };
  }
  if (begun !== '') yield { lines: [begun], bytesRead };
}

function extended(begun: string, piece: Buffer, from: number, to: number): string {
  return begun + piece.toString('latin1', from, Math.min(to, from + LONGEST - begun.length));
}
