import test from 'ava';
import * as fc from 'fast-check';
import { PacketFramer } from '../../../firmware/link/framer';

/** Remaining length as [MQTT-5.0 §1.5.5] says it. */
function variableByteInteger(value: number): number[] {
  return value < 128 ? [value] : [0x80 | (value % 128), ...variableByteInteger(Math.floor(value / 128))];
}

function packet(type: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from([type, ...variableByteInteger(body.length), ...body]);
}

function frame(framer: PacketFramer, chunks: readonly Uint8Array[]): (Uint8Array | string)[] {
  const out: (Uint8Array | string)[] = [];
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

test('a packet of exactly the limit passes, one byte more does not, told before its body has come', t => {
  const largest = packet(0x30, new Uint8Array(1000 - 3));
  t.deepEqual(frame(new PacketFramer(1000), [largest]), [largest]);
  const tooLarge = packet(0x30, new Uint8Array(1000 - 2));
  t.deepEqual(frame(new PacketFramer(1000), [tooLarge.subarray(0, 3)]), ['oversized']);
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)]), ['oversized']);
});

test('a length of more than four bytes is malformed', t => {
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x30, 0x80, 0x80, 0x80)]), []);
  t.deepEqual(frame(new PacketFramer(1000), [Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80)]), ['malformed']);
});
