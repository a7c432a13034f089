import test from 'ava';
import * as fc from 'fast-check';
import { FrameFinder } from '../../../hosts/chips/frame-finder';

const LENGTH = 5;
const HEAD = 0xa5;

function isFrame(bytes: Uint8Array, at: number): boolean {
  const sum = (bytes[at + 1] ?? 0) + (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);
  return bytes[at] === HEAD && bytes[at + 4] === (sum & 0xff);
}

function framesIn(pieces: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  const finder = new FrameFinder({
    length: LENGTH,
    isFrame,
    onFrame: (bytes, at) => found.push(Buffer.from(bytes.subarray(at, at + LENGTH)).toString('hex')),
  });
  for (const piece of pieces) finder.receive(piece);
  return found;
}

/** Low bytes only, so that noise never is, or holds the head of, a frame. */
const quietByte = fc.integer({ min: 0, max: 0x7f });
const noise = fc.uint8Array({ max: 0x7f, maxLength: 60 });
const frame = fc
  .tuple(fc.integer({ min: 0, max: 0x2a }), quietByte, fc.constant(0))
  .map(([a, b, c]) => Uint8Array.of(HEAD, a, b, c, (a + b + c) & 0xff))
  .filter(bytes => bytes[4] !== HEAD);

test('every frame is found, whatever noise is between them and however the stream is cut into pieces', t => {
  const parts = fc.array(fc.tuple(noise, frame), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(parts, noise, cuts, (sequence, end, sizes) => {
      const stream = Uint8Array.from([
        ...sequence.flatMap(([before, bytes]) => [...before, ...bytes]),
        ...end,
      ]);
      const pieces: Uint8Array[] = [];
      for (let at = 0, k = 0; at < stream.length; k++) {
        const size = sizes[k % sizes.length] as number;
        pieces.push(stream.subarray(at, at + size));
        at += size;
      }
      const expected = sequence.map(([, bytes]) => Buffer.from(bytes).toString('hex'));
      t.deepEqual(framesIn(pieces), expected);
    }),
  );
});

test('a frame that begins within a broken one is found', t => {
  const frame1 = Uint8Array.of(HEAD, 1, 2, 3, 6);
  t.deepEqual(framesIn([frame1.subarray(0, 3), frame1]), ['a501020306']);
});

test('an input much longer than what is kept is searched to its end', t => {
  const long = new Uint8Array(10_000).fill(1);
  t.deepEqual(framesIn([long, Uint8Array.of(HEAD, 1, 2, 3), Uint8Array.of(6)]), ['a501020306']);
});
