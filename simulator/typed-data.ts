import type { Registry } from '../firmware/attest/signing-domain';
import {
  type AnyMessage,
  type FieldType,
  fieldNames,
  fieldType,
  type StructType,
  typeName,
} from '../firmware/attest/struct-type';
import { toHex } from '../firmware/bytes';

/** A field, or a member of the domain, as EIP-712's JSON schema names it. */
export interface TypedDataField {
  readonly name: string;
  readonly type: string;
}

/** Bytes as hex and numbers in decimal, so that no reader of JSON rounds them; a struct is an object of those. */
export type TypedDataValue =
  | string
  | { readonly [field: string]: TypedDataValue }
  | readonly TypedDataValue[];

/** What a wallet signs by `eth_signTypedData_v4`: the JSON of EIP-712, "Specification of the eth_signTypedData JSON RPC". */
export interface TypedData {
  readonly types: { readonly [struct: string]: readonly TypedDataField[] };
  readonly primaryType: string;
  readonly domain: {
    readonly name: 'M3ter';
    readonly version: '1';
    readonly chainId: number;
    readonly verifyingContract: string;
  };
  readonly message: TypedDataValue;
}

/** Wallets want the domain's own type among the others. */
const DOMAIN: readonly TypedDataField[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
];

/** A message for one registry's meters as the typed data whose digest is that of `SigningDomain`. */
export function typedData({ chainId, registry }: Registry, type: StructType, message: AnyMessage): TypedData {
  const types: Record<string, readonly TypedDataField[]> = { EIP712Domain: DOMAIN };
  addTypes(type, types);
  return {
    types,
    primaryType: type.name,
    domain: { name: 'M3ter', version: '1', chainId, verifyingContract: `0x${toHex(registry)}` },
    message: structValue(type, message),
  };
}

function addTypes(type: StructType, types: Record<string, readonly TypedDataField[]>): void {
  const fields = fieldNames(type).map(name => ({ name, of: fieldType(type, name) }));
  types[type.name] = fields.map(({ name, of }) => ({ name, type: typeName(of) }));
  for (const { of } of fields) if (typeof of !== 'string') addTypes(of[0], types);
}

function structValue(type: StructType, message: AnyMessage): TypedDataValue {
  return Object.fromEntries(
    fieldNames(type).map(name => [name, fieldValue(fieldType(type, name), message[name])]),
  );
}

function fieldValue(type: FieldType, value: unknown): TypedDataValue {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (typeof type === 'string') return `${value}`;
  return (value as readonly AnyMessage[]).map(element => structValue(type[0], element));
}
