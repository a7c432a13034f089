import test from 'ava';
import * as fc from 'fast-check';
import { type OversizedPublish, PacketFramer } from '../../../firmware/link/framer';
import { PUBLISH_FRONT } from '../../../firmware/link/publish-packet';

/** Remaining length as [MQTT-5.0 §1.5.5] says it. */
function variableByteInteger(value: number): number[] {
  return value < 128 ? [value] : [0x80 | (value % 128), ...variableByteInteger(Math.floor(value / 128))];
}

function packet(type: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from([type, ...variableByteInteger(body.length), ...body]);
}

type Framed = Uint8Array | OversizedPublish | string;

function frame(framer: PacketFramer, chunks: readonly Uint8Array[]): Framed[] {
  const out: Framed[] = [];
  for (const chunk of chunks) {
    framer.add(chunk);
    for (let next = framer.next(); next !== undefined; next = framer.next()) {
      out.push(next);
      if (typeof next === 'string') return out;
    }
  }
  return out;
}

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let k = 0; k < bytes.length; k += size) chunks.push(bytes.subarray(k, k + size));
  return chunks;
}

test('packets come out whole, however the stream is cut', t => {
  const body = fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ minLength: 120, maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(255), body)), fc.integer({ min: 1, max: 400 }), (parts, size) => {
      const packets = parts.map(([type, bytes]) => packet(type, bytes));
      const stream = Uint8Array.from(packets.flatMap(bytes => [...bytes]));
      t.deepEqual(frame(new PacketFramer(1000), split(stream, size)), packets);
    }),
  );
});

test('a PUBLISH of exactly the limit passes; of one byte more there is the front, told before its body has come', t => {
  const largest = packet(0x30, new Uint8Array(1000 - 3));
  t.deepEqual(frame(new PacketFramer(1000), [largest]), [largest]);
  const tooLarge = packet(0x30, new Uint8Array(1000 - 2));
  const front = tooLarge.subarray(0, PUBLISH_FRONT);
  t.deepEqual(frame(new PacketFramer(1000), [front.subarray(0, -1)]), []);
  t.deepEqual(frame(new PacketFramer(1000), [front]), [{ front }]);
});

test('any other packet has 512 bytes at most; one byte more is told before its body has come', t => {
  const largest = packet(0x90, new Uint8Array(512 - 3));
  t.deepEqual(frame(new PacketFramer(1000), [largest]), [largest]);
  const tooLarge = packet(0x90, new Uint8Array(512 - 2));
  t.deepEqual(frame(new PacketFramer(1000), [tooLarge.subarray(0, 3)]), ['oversized']);
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x90, 0xff, 0xff, 0xff, 0x7f)]), ['oversized']);
});

test('what a PUBLISH has beyond the limit is passed over, however the stream is cut: what follows comes out whole', t => {
  const limit = 300;
  const size = fc.oneof(fc.nat(20), fc.integer({ min: 290, max: 310 }), fc.integer({ min: 300, max: 2000 }));
  const publish = fc.tuple(fc.nat(15), size).map(([flags, length]) => {
    return packet(
      0x30 | flags,
      new Uint8Array(length).map((_, k) => (flags + k) % 251),
    );
  });
  fc.assert(
    fc.property(fc.array(publish, { maxLength: 6 }), fc.integer({ min: 1, max: 700 }), (packets, piece) => {
      const stream = Uint8Array.from(packets.flatMap(bytes => [...bytes]));
      const expected = packets.map(bytes =>
        bytes.length <= limit ? bytes : { front: bytes.subarray(0, PUBLISH_FRONT) },
      );
      t.deepEqual(frame(new PacketFramer(limit), split(stream, piece)), expected);
    }),
  );
});

test('of the largest PUBLISH that MQTT knows only the front is held', t => {
  const framer = new PacketFramer(1000);
  const header = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f);
  let rest = 268_435_455;
  const chunk = new Uint8Array(2 ** 20);
  const out = frame(framer, [header]);
  for (; rest > 0; rest -= Math.min(rest, chunk.length))
    out.push(...frame(framer, [chunk.subarray(0, Math.min(rest, chunk.length))]));
  const [first] = out;
  t.is(out.length, 1);
  t.is(typeof first === 'object' && 'front' in first && first.front.length, PUBLISH_FRONT);
  const next = packet(0x30, Uint8Array.of(0, 1, 0x61));
  t.deepEqual(frame(framer, [next]), [next]);
});

test('a length of more than four bytes is malformed', t => {
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x30, 0x80, 0x80, 0x80)]), []);
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80)]), ['malformed']);
});
