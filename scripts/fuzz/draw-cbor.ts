import { concat } from '../../firmware/bytes';
import type { Prng } from '../../hosts/mock/prng';
import { below, bytesOf, one } from './draw';

/** Items of a list, or pairs of a map, at most; seldom many more, of one byte each. */
const FEW = 6;
const MANY = 300;
const DEEPEST = 6;
const BIGNUM = 0xc2;

/** An item of CBOR: well-formed, mostly; in any encoding, of which only one is deterministic. */
export function drawCbor(prng: Prng, depth = 0): Uint8Array {
  const major = one(prng, depth < DEEPEST ? [0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7] : [0, 1, 2, 3, 7]);
  switch (major) {
    case 2:
    case 3: {
      const length = one(prng, [0, 1, 20, 32, 65, below(prng, 300)]);
      const bytes = bytesOf(prng, length);
      return concat(
        drawHead(prng, major, length),
        major === 3 ? bytes.map(byte => 0x20 + (byte % 95)) : bytes,
      );
    }
    case 4:
      return drawItems(prng, depth, major, 1);
    case 5:
      return drawItems(prng, depth, major, 2);
    case 6: {
      const bytes = bytesOf(prng, one(prng, [0, 8, 9, 32, 33]));
      return concat(Uint8Array.of(BIGNUM + below(prng, 2)), drawHead(prng, 2, bytes.length), bytes);
    }
    default:
      return drawHead(prng, major, one(prng, [0, 1, 23, 24, 255, 65536, 2 ** 32, 2 ** 53, prng.bits()]));
  }
}

/** A map with the keys of a message, 0 to about 12, and anything for values; now and then a key is missing or twice. */
export function drawMessageMap(prng: Prng): Uint8Array {
  const pairs: Uint8Array[] = [];
  const count = 1 + below(prng, 12);
  for (let key = 0; pairs.length < count; key++) {
    if (below(prng, 30) === 0) key += one(prng, [-1, 1]);
    const isSignature = key === 0 && below(prng, 8) > 0;
    const value = isSignature ? concat(Uint8Array.of(0x58, 65), bytesOf(prng, 65)) : drawCbor(prng, 1);
    pairs.push(concat(drawHead(prng, 0, Math.max(0, key), 0), value));
  }
  return concat(Uint8Array.of(0xa0 + count), ...pairs);
}

function drawItems(prng: Prng, depth: number, major: number, each: number): Uint8Array {
  const isMany = below(prng, 50) === 0;
  const count = below(prng, isMany ? MANY : FEW);
  const items = Array.from({ length: each * count }, () =>
    isMany ? Uint8Array.of(below(prng, 24)) : drawCbor(prng, depth + 1),
  );
  return concat(drawHead(prng, major, count), ...items);
}

/** RFC 8949 section 3; one time in `odd` longer than it must be, and never where `odd` is 0. */
function drawHead(prng: Prng, major: number, argument: number, odd = 12): Uint8Array {
  const shortest = [24, 2 ** 8, 2 ** 16, 2 ** 32, 2 ** 64].findIndex(end => argument < end);
  const width = odd > 0 && below(prng, odd) === 0 ? Math.max(shortest, below(prng, 5)) : shortest;
  if (width === 0) return Uint8Array.of((major << 5) | argument);
  const head = new Uint8Array(1 + 2 ** (width - 1));
  head[0] = (major << 5) | (23 + width);
  for (let k = head.length - 1, rest = argument; k > 0; k--, rest = Math.floor(rest / 256))
    head[k] = rest % 256;
  return head;
}
