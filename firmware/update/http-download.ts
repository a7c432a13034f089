import { ascii } from '../bytes';
import type { Clock, Network, NetworkFault, Timer, TlsOptions } from '../host';
import type { ReleaseUrl } from './release-url';

/** Bytes at a time, one piece a turn: windows get theirs in between. */
const PIECE = 1024;
/** Bytes of the longest head that is read. */
const LONGEST_HEAD = 4096;
const HEAD_END = '\r\n\r\n';
/** Arguments of one call. */
const CODES = 64;
/** ms without a byte after which a connection is given up. */
const PATIENCE = 60_000;

/** `malformed`: no HTTP that the meter understands. `no-file`: any answer but the file. */
export type DownloadFault = NetworkFault | 'malformed' | 'no-file';

/** What of a file a response brings. */
export interface FilePart {
  /** Bytes of the whole file. */
  readonly size: number;
  /** The byte of the file that the body begins with. */
  readonly from: number;
}

export interface DownloadOptions {
  readonly url: ReleaseUrl;
  /** Present for https. */
  readonly tls?: TlsOptions;
  /** Bytes of the file that are there already. */
  readonly from: number;
  /** Bytes of the whole file, before the first piece. */
  onSize(size: number): void;
  /** The next bytes of the file, 1 to 1024. */
  onPiece(piece: Uint8Array): void;
  /** No more comes: the connection was lost, or brings nothing. Not told after it was closed. */
  onEnd(fault: DownloadFault): void;
}

/**
 * Fetches a file, or the rest of one, over one connection: GET by HTTP/1.1 (RFC 9110), in bounded memory whatever comes.
 * Its owner closes it when all has come, and does not wait for ever. Closures here and in its neighbours, for they
 * are made when there is an update: methods would stand in ROM, at 130 bytes each beside their code.
 * @returns closes the connection
 */
export function download(
  { network, clock }: { readonly network: Network; readonly clock: Clock },
  { url, tls, from, onSize, onPiece, onEnd }: DownloadOptions,
): () => void {
  const range = from > 0 ? `Range: bytes=${from}-\r\n` : '';
  // Without the wish to close: a server that closes behind the last byte may take it along.
  let request: Uint8Array | undefined = ascii(
    `GET ${url.path} HTTP/1.1\r\nHost: ${url.host}:${url.port}\r\n${range}\r\n`,
  );
  /** Undefined once it is complete. */
  let head: string | undefined = '';
  /** Bytes of the body that are there already, and bytes that are not. */
  let skip = 0;
  let left = 0;
  /** The connection is lost, and what came before may still have to be read. */
  let lost: NetworkFault | undefined;
  let isOver = false;
  let turn: Timer | undefined;
  let patience: Timer | undefined;

  const close = () => {
    isOver = true;
    turn?.cancel();
    patience?.cancel();
    socket.close();
  };
  const end = (fault: DownloadFault) => {
    close();
    onEnd(fault);
  };
  const wait = () => {
    patience?.cancel();
    patience = clock.after(PATIENCE, () => end('timeout'));
  };
  /** What of the bytes is of the body. */
  const takeHead = (bytes: Uint8Array, before: string): Uint8Array => {
    let text = before;
    for (let k = 0; k < bytes.length; k += CODES)
      text += String.fromCharCode(...bytes.subarray(k, k + CODES));
    const length = text.indexOf(HEAD_END) + HEAD_END.length;
    head = text;
    if (length < HEAD_END.length) {
      if (text.length > LONGEST_HEAD) end('malformed');
      return bytes.subarray(0, 0);
    }
    head = undefined;
    const part = filePart(text.slice(0, length), from);
    if (typeof part === 'string') end(part);
    else {
      skip = from - part.from;
      left = part.size - from;
      onSize(part.size);
    }
    return bytes.subarray(length - before.length);
  };
  const take = (bytes: Uint8Array) => {
    const body = head === undefined ? bytes : takeHead(bytes, head);
    const skipped = Math.min(skip, body.length);
    const piece = body.subarray(skipped, skipped + left);
    skip -= skipped;
    left -= piece.length;
    if (piece.length > 0 && !isOver) onPiece(piece);
  };
  const readSoon = () => {
    turn ??= clock.after(0, () => {
      turn = undefined;
      const bytes = socket.read(PIECE);
      if (bytes !== undefined) {
        wait();
        readSoon();
        take(bytes);
      } else if (lost !== undefined) end(lost);
    });
  };

  wait();
  const socket = network.open({
    host: url.host,
    port: url.port,
    ...(tls !== undefined && { tls }),
    onReadable: readSoon,
    onWritable: room => {
      if (request === undefined || room < request.length) return;
      socket.write(request);
      request = undefined;
    },
    onError: fault => {
      lost = fault;
      readSoon();
    },
  });
  return close;
}

/**
 * What the head of an HTTP/1.1 response (RFC 9112, up to the empty line) says of a file that was asked for from a byte
 * on: that its body brings that (206), or all of it once more (200). A redirection is followed nowhere, for nobody has
 * signed it, and a body whose length is not told before is not read.
 */
export function filePart(head: string, asked: number): FilePart | 'malformed' | 'no-file' {
  const status = /^HTTP\/1\.[01] ([0-9]{3})[ \r]/.exec(head)?.[1];
  if (status === undefined || /\r\nTransfer-Encoding:/i.test(head)) return 'malformed';
  const length = Number(/\r\nContent-Length:[ \t]*([0-9]{1,10})[ \t]*\r\n/i.exec(head)?.[1] ?? 0);
  if (length === 0) return 'no-file';
  if (status === '200') return { size: length, from: 0 };
  const range = /\r\nContent-Range:[ \t]*bytes ([0-9]{1,10})-[0-9]+\/([0-9]{1,10})[ \t]*\r\n/i.exec(head);
  const isRest = status === '206' && Number(range?.[1]) === asked && Number(range?.[2]) === asked + length;
  return isRest ? { size: asked + length, from: asked } : 'no-file';
}
