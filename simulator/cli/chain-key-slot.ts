import { getAddress, type Hex, slice } from 'viem';

const ADDRESSES = 1n << 160n;

/** What a key slot of the registry says, in words: a device's address, or the Ed25519 key of its payloads. */
export function keyText(key: Hex): string {
  const { device, payloadKey } = keyFields(key);
  if (device !== undefined) return `device ${device}`;
  return payloadKey === undefined ? 'no device' : `payload key ${payloadKey}`;
}

/** The same for programs. */
export function keyFields(key: Hex): { readonly device?: string; readonly payloadKey?: string } {
  const number = BigInt(key);
  if (number === 0n) return {};
  return number < ADDRESSES ? { device: getAddress(slice(key, 12)) } : { payloadKey: key };
}
