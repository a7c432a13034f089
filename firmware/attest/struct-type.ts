/**
 * The language in which signed messages are described: an EIP-712 struct is a name and fields, in their order. Everything
 * that hashes, encodes or checks a message is driven by such a description.
 */

type Uint = 'uint8' | 'uint16' | 'uint32' | 'uint64';

/** An atomic EIP-712 type, or `[S]` for an array of the struct S. */
export type FieldType = Uint | 'uint256' | 'address' | 'bytes32' | 'string' | readonly [StructType];

export interface StructType {
  readonly name: string;
  /** The type of each by its name, in the order of the struct, which a literal's properties keep. */
  readonly fields: { readonly [name: string]: FieldType };
}

/**
 * How a value of a type is held: uint64 and smaller as a safe integer, uint256 as a bigint, an address as 20 and a
 * bytes32 as 32 bytes, a string of printable ASCII (all that a URL needs).
 */
export type ValueOf<Type extends FieldType> = Type extends Uint
  ? number
  : Type extends 'uint256'
    ? bigint
    : Type extends 'string'
      ? string
      : Type extends readonly [infer Element extends StructType]
        ? readonly Message<Element>[]
        : Uint8Array;

/** The TypeScript type of a struct's messages. */
export type Message<Struct extends StructType> = {
  readonly [Name in keyof Struct['fields']]: ValueOf<Struct['fields'][Name]>;
};

/** A message whose type is known at run time only. */
export type AnyMessage = { readonly [field: string]: unknown };

const LARGEST: { readonly [type in Uint]: number } = {
  uint8: 0xff,
  uint16: 0xffff,
  uint32: 0xffffffff,
  uint64: Number.MAX_SAFE_INTEGER,
};
const UINT256_END = 1n << 256n;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Whether a value is one of the type, in the form of `ValueOf`. */
export function fits(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'uint256':
      return typeof value === 'bigint' && value >= 0n && value < UINT256_END;
    case 'address':
      return value instanceof Uint8Array && value.length === 20;
    case 'bytes32':
      return value instanceof Uint8Array && value.length === 32;
    case 'string':
      return typeof value === 'string' && PRINTABLE_ASCII.test(value);
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST[type];
    default:
      return Array.isArray(value) && value.every(element => misfit(type[0], element) === undefined);
  }
}

/** The names of a struct's fields, in their order. */
export function fieldNames(type: StructType): readonly string[] {
  return Object.keys(type.fields);
}

/** The type of a struct's field. */
export function fieldType(type: StructType, name: string): FieldType {
  return type.fields[name] as FieldType;
}

/** The name of the first field of a struct whose value does not fit its type; undefined when all do. */
export function misfit(type: StructType, message: AnyMessage): string | undefined {
  return fieldNames(type).find(name => !fits(fieldType(type, name), message[name]));
}

/** @throws RangeError that names the first field whose value does not fit. */
export function assertMessage(type: StructType, message: AnyMessage): void {
  const name = misfit(type, message);
  if (name === undefined) return;
  throw new RangeError(
    `${type.name}.${name}: expected ${typeName(fieldType(type, name))}, got ${message[name]}`,
  );
}

/** The type as EIP-712 writes it: `uint64`, `Band[]`. */
export function typeName(type: FieldType): string {
  return typeof type === 'string' ? type : `${type[0].name}[]`;
}
