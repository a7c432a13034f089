/**
 * CBOR as RFC 8949 has it, for holding the firmware's against: written from the RFC and sharing nothing with firmware/.
 * Of what is not the one deterministic encoding of section 4.2.1 it says so by throwing.
 */
export type CborItem = bigint | string | Uint8Array | CborItem[] | Map<bigint, CborItem>;

/** The one item that the bytes are. @throws Error when they are none, or not in deterministic encoding */
export function readCbor(bytes: Uint8Array): CborItem {
  const { item, end } = readItem(bytes, 0);
  if (end !== bytes.length) throw new Error(`${bytes.length - end} bytes behind the item`);
  return item;
}

function readItem(bytes: Uint8Array, offset: number): { item: CborItem; end: number } {
  const { major, argument, end } = readHead(bytes, offset);
  const count = Number(argument);
  switch (major) {
    case 0:
      return { item: argument, end };
    case 1:
      return { item: -1n - argument, end };
    case 2:
      return { item: bytes.slice(end, end + count), end: within(bytes, end + count) };
    case 3: {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(end, end + count));
      return { item: text, end: within(bytes, end + count) };
    }
    case 4:
      return readItems(bytes, end, count);
    case 5:
      return readMap(bytes, end, count);
    case 6:
      return readBignum(bytes, end, argument);
    default:
      throw new Error(`expected no floats and no simple values, got one at ${offset}`);
  }
}

/** Section 3: the argument is in the initial byte, or in the 1, 2, 4 or 8 after it. */
function readHead(bytes: Uint8Array, offset: number) {
  const initial = bytes[within(bytes, offset + 1) - 1] as number;
  const information = initial & 31;
  if (information > 27) throw new Error(`expected a definite length, got ${information} at ${offset}`);
  const width = information < 24 ? 0 : 2 ** (information - 24);
  const end = within(bytes, offset + 1 + width);
  let argument = width === 0 ? BigInt(information) : 0n;
  for (const byte of bytes.subarray(offset + 1, end)) argument = argument * 256n + BigInt(byte);
  const least = [0n, 24n, 2n ** 8n, 0n, 2n ** 16n, 0n, 0n, 0n, 2n ** 32n][width] as bigint;
  if (argument < least) throw new Error(`expected the shortest head, got ${width} bytes at ${offset}`);
  return { major: initial >> 5, argument, end };
}

function readItems(bytes: Uint8Array, offset: number, count: number) {
  const items: CborItem[] = [];
  let end = offset;
  while (items.length < count) {
    const next = readItem(bytes, end);
    items.push(next.item);
    end = next.end;
  }
  return { item: items, end };
}

/** Section 4.2.1: keys ascend; those of a message are small integers, of which that is their own order. */
function readMap(bytes: Uint8Array, offset: number, count: number) {
  const { item: items, end } = readItems(bytes, offset, 2 * count);
  const map = new Map<bigint, CborItem>();
  let last = -1n;
  for (let k = 0; k < items.length; k += 2) {
    const key = items[k];
    if (typeof key !== 'bigint' || key <= last) throw new Error(`expected a key above ${last}, got ${key}`);
    map.set(key, items[k + 1] as CborItem);
    last = key;
  }
  return { item: map, end };
}

/** Section 3.4.3: tag 2 and bytes, without leading zeros, and only of what no integer holds. */
function readBignum(bytes: Uint8Array, offset: number, tag: bigint) {
  const { item, end } = readItem(bytes, offset);
  if (tag !== 2n || !(item instanceof Uint8Array)) throw new Error(`expected a bignum, got tag ${tag}`);
  if (item.length < 9 || item[0] === 0) throw new Error('expected a bignum no longer than it must be');
  return { item: item.reduce((value, byte) => value * 256n + BigInt(byte), 0n), end };
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new Error(`expected ${end} bytes at least, got ${bytes.length}`);
  return end;
}
