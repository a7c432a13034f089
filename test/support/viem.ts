import type { Hex, TypedDataDefinition } from 'viem';
import {
  type AnyMessage,
  type FieldType,
  type StructType,
  typeName,
} from '../../firmware/attest/struct-type';
import { toHex } from '../../firmware/bytes';
import { REGISTRY } from './messages';

/** A message of ours as the typed data that viem, or a wallet, takes. */
export function typedData(type: StructType, message: AnyMessage, chainId = 100): TypedDataDefinition {
  const types: Record<string, { name: string; type: string }[]> = {};
  addTypes(type, types);
  return {
    domain: { name: 'M3ter', version: '1', chainId, verifyingContract: hex(REGISTRY) },
    types: types as never,
    primaryType: type.name,
    message: values(type, message),
  };
}

export function hex(bytes: Uint8Array): Hex {
  return `0x${toHex(bytes)}`;
}

function addTypes(type: StructType, types: Record<string, { name: string; type: string }[]>): void {
  const fields = Object.entries(type.fields);
  types[type.name] = fields.map(([name, fieldType]) => ({ name, type: typeName(fieldType) }));
  for (const [, fieldType] of fields) if (typeof fieldType !== 'string') addTypes(fieldType[0], types);
}

function values(type: StructType, message: AnyMessage): Record<string, unknown> {
  const fields = Object.entries(type.fields);
  return Object.fromEntries(fields.map(([name, fieldType]) => [name, value(fieldType, message[name])]));
}

function value(type: FieldType, content: unknown): unknown {
  if (content instanceof Uint8Array) return hex(content);
  if (typeof type !== 'string') return (content as AnyMessage[]).map(element => values(type[0], element));
  return typeof content === 'number' ? BigInt(content) : content;
}
