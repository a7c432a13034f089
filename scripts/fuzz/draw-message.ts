import type { AnyMessage, FieldType, StructType } from '../../firmware/attest/struct-type';
import type { Prng } from '../../hosts/mock/prng';
import { below, bytesOf, one } from './draw';

const MOST_ELEMENTS = 20;
/** One field in so many is another, in some messages few and in some many. */
const RARITIES = [2, 5, 20, 50];

/** Any message of the type: fields from its whole range, the edges of it more often than chance would have them. */
export function drawMessage(prng: Prng, type: StructType): AnyMessage {
  const fields = Object.entries(type.fields);
  return Object.fromEntries(fields.map(([name, fieldType]) => [name, drawValue(prng, fieldType)]));
}

/** A message that is near to one that is right: some of its fields are any, the others as they were. */
export function driftMessage(prng: Prng, type: StructType, right: AnyMessage): AnyMessage {
  const rarity = one(prng, RARITIES);
  const drift = (fieldType: FieldType, value: unknown) => {
    if (typeof fieldType !== 'string')
      return driftElements(prng, fieldType[0], value as readonly AnyMessage[]);
    return below(prng, rarity) === 0 ? drawValue(prng, fieldType) : value;
  };
  const fields = Object.entries(type.fields);
  return Object.fromEntries(fields.map(([name, fieldType]) => [name, drift(fieldType, right[name])]));
}

function driftElements(prng: Prng, type: StructType, right: readonly AnyMessage[]): readonly AnyMessage[] {
  const count = below(prng, 1 + below(prng, MOST_ELEMENTS));
  return Array.from({ length: count }, () => driftMessage(prng, type, one(prng, right)));
}

function drawValue(prng: Prng, type: FieldType): unknown {
  if (typeof type !== 'string')
    return Array.from({ length: below(prng, 1 + below(prng, MOST_ELEMENTS)) }, () =>
      drawMessage(prng, type[0]),
    );
  switch (type) {
    case 'address':
      return one(prng, [new Uint8Array(20), bytesOf(prng, 20)]);
    case 'bytes32':
      return bytesOf(prng, 32);
    case 'string':
      return 'https://m3ter.example/'.slice(0, below(prng, 23)).repeat(1 + below(prng, 8));
    case 'uint256':
      return BigInt(prng.bits()) << BigInt(8 * below(prng, 28));
    default:
      return drawUint(prng, Math.min(2 ** Number(type.slice('uint'.length)) - 1, Number.MAX_SAFE_INTEGER));
  }
}

function drawUint(prng: Prng, largest: number): number {
  const edge = one(prng, [0, 1, 2, 100, 1000, 1440, 2 ** 32, 2 ** 48 - 1, 2 ** 48, largest - 1, largest]);
  const drawn = below(prng, 2) === 0 ? edge : Math.floor(prng.uniform() * 2 ** below(prng, 54));
  return Math.min(drawn, largest);
}
