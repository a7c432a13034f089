import test from 'ava';
import fc from 'fast-check';
import { type DownloadFault, download, filePart } from '../../../firmware/update/http-download';
import { VirtualClock } from '../../../hosts/mock/clock';
import { MemoryNetwork } from '../../../hosts/mock/network';
import { FileServer, head } from '../../support/file-server';
import { pass } from '../../support/session';

const FILE = Uint8Array.from({ length: 3000 }, (_, k) => k % 251);
const OK = head('200 OK', { 'Content-Length': FILE.length });

/** What came of a server that writes this, in pieces of that size. */
async function fetched(answer: Uint8Array | string, size = 100_000, from = 0) {
  const bytes = Buffer.from(answer);
  const server = new FileServer(stream => {
    for (let k = 0; k < bytes.length; k += size) stream.write(bytes.subarray(k, k + size));
  });
  const clock = new VirtualClock();
  const network = new MemoryNetwork(stream => server.serve(stream));
  const got: { sizes: number[]; pieces: Uint8Array[]; fault?: DownloadFault } = { sizes: [], pieces: [] };
  const close = download(
    { network, clock },
    {
      url: { isSecure: false, host: 'files', port: 80, path: '/' },
      from,
      onSize: told => got.sizes.push(told),
      onPiece: piece => got.pieces.push(piece.slice()),
      onEnd: fault => {
        got.fault = fault;
      },
    },
  );
  await pass(59_999, clock, network);
  close();
  await pass(60_000, clock, network);
  return { ...got, file: Buffer.concat(got.pieces), connections: network.connections };
}

test('head and body part where the empty line ends, in whatever pieces they come', async t => {
  for (const size of [1, 2, 3, 7, 64, 1000, 100_000]) {
    const { sizes, file, pieces, fault, connections } = await fetched(
      Buffer.concat([Buffer.from(OK), FILE]),
      size,
    );
    t.deepEqual([sizes, fault, connections], [[3000], undefined, 0], `${size}`);
    t.deepEqual(file, Buffer.from(FILE), `${size}`);
    t.true(pieces.every(({ length }) => length > 0 && length <= 1024));
  }
});

test('bytes that are there already are passed over, and bytes behind the file left', async t => {
  const more = Buffer.concat([Buffer.from(OK), FILE, Buffer.alloc(500)]);
  for (const from of [1, 1024, 2999])
    t.deepEqual((await fetched(more, 700, from)).file, Buffer.from(FILE.subarray(from)));
});

test('a head of 4 KiB is read, and none that is much longer', async t => {
  const filled = (length: number) =>
    OK.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(length - OK.length - 5)}\r\n\r\n`);
  t.is(filled(4096).length, 4096);
  t.deepEqual((await fetched(filled(4096))).sizes, [3000]);
  const { sizes, fault } = await fetched(filled(5121));
  t.deepEqual([sizes, fault], [[], 'malformed']);
});

test('what is closed tells nothing more', async t => {
  t.is((await fetched('')).fault, undefined);
});

const WHOLE = 'HTTP/1.1 200 OK\r\nServer: any\r\nContent-Length: 1000\r\n\r\n';
const PARTIAL =
  'HTTP/1.1 206 Partial Content\r\nContent-Length: 900\r\nContent-Range: bytes 100-999/1000\r\n\r\n';

test('a server that continues, and one that begins anew, are told apart', t => {
  t.deepEqual(filePart(PARTIAL, 100), { size: 1000, from: 100 });
  t.deepEqual(filePart(PARTIAL.toLowerCase().replace('http', 'HTTP'), 100), { size: 1000, from: 100 });
  for (const asked of [0, 100]) t.deepEqual(filePart(WHOLE, asked), { size: 1000, from: 0 });
  t.deepEqual(filePart(WHOLE.replace(': 1000', ':1000 \t'), 0), { size: 1000, from: 0 });
  t.deepEqual(filePart(WHOLE.replace('1.1 200 OK', '1.0 200'), 0), { size: 1000, from: 0 });
});

test('any other answer brings nothing', t => {
  const nothing = [
    WHOLE.replace('200 OK', '301 Moved'),
    WHOLE.replace('200 OK', '404 Not Found'),
    WHOLE.replace('200 OK', '100 Continue'),
    WHOLE.replace('1000', '0'),
    WHOLE.replace('1000', '-1'),
    WHOLE.replace('1000', '1e3'),
    WHOLE.replace('1000', '10000000000'.repeat(2)),
    WHOLE.replace('Content-Length: 1000\r\n', ''),
    WHOLE.replace('Content-Length', 'X-Content-Length'),
    PARTIAL.replace('100-', '99-'),
    PARTIAL.replace('/1000', '/1001'),
    PARTIAL.replace('/1000', '/*'),
    PARTIAL.replace('Content-Range', 'X-Range'),
  ];
  for (const text of nothing) t.is(filePart(text, 100), 'no-file', text);
});

test('what is no HTTP, or a body in chunks, is malformed', t => {
  const malformed = [
    '',
    '\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    WHOLE.replace('Server: any', 'Transfer-Encoding: chunked'),
    WHOLE.replace('Server: any', 'TRANSFER-ENCODING: identity'),
  ];
  for (const text of malformed) t.is(filePart(text, 0), 'malformed', text);
});

test('whatever the head is, what it brings is a file with at least a byte that is not there yet, or nothing', t => {
  const line = fc.oneof(fc.string(), fc.constantFrom(...WHOLE.split('\r\n'), ...PARTIAL.split('\r\n')));
  fc.assert(
    fc.property(fc.array(line), fc.nat({ max: 2000 }), (lines, asked) => {
      const part = filePart(lines.join('\r\n'), asked);
      if (typeof part === 'string') t.true(['malformed', 'no-file'].includes(part));
      else t.true(part.size > part.from && [0, asked].includes(part.from));
    }),
  );
});
