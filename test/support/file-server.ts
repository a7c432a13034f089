import type { Duplex } from 'node:stream';

/** What a server does about a request: all that came up to the empty line. */
export type Answer = (stream: Duplex, request: string) => void;

/** A web server's side of connections, played by hand. */
export class FileServer {
  /** All that was asked, oldest first. */
  readonly requests: string[] = [];
  answer: Answer;

  constructor(answer: Answer) {
    this.answer = answer;
  }

  serve(stream: Duplex): void {
    let text = '';
    stream.on('error', () => {});
    stream.on('end', () => stream.destroy());
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      this.requests.push(text);
      this.answer(stream, text);
      text = '';
    });
  }
}

/** The head of an answer. */
export function head(status: string, fields: { readonly [name: string]: string | number }): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** The byte that a request asks for the file from. */
export function rangeStart(request: string): number {
  return Number(/\r\nRange: bytes=(\d+)-\r\n/.exec(request)?.[1] ?? 0);
}

/**
 * Brings the file, or the rest of it that was asked for.
 * @param most bytes after which the connection is lost each time
 */
export function bringing(file: Uint8Array, most = Number.POSITIVE_INFINITY): Answer {
  return (stream, request) => {
    const from = rangeStart(request);
    const rest = file.subarray(from);
    const range = { 'Content-Range': `bytes ${from}-${file.length - 1}/${file.length}` };
    stream.write(
      head(from > 0 ? '206 Partial Content' : '200 OK', {
        'Content-Type': 'application/octet-stream',
        'content-length': rest.length,
        ...(from > 0 && range),
      }),
    );
    stream.write(rest.subarray(0, most));
    if (rest.length > most) stream.end();
  };
}
