import { ascii, fromHex, toHex } from '../bytes';
import type { Crypto } from '../host';

/** Nobody. */
export const ZERO_ADDRESS: Uint8Array = new Uint8Array(20);

/** The last 20 bytes of the keccak-256 of a public key of 64 bytes x ‖ y (Ethereum yellow paper, appendix F). */
export function addressOf(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.keccak256(publicKey).slice(12);
}

/** An address as people read it: `0x` and 40 hex digits whose case is a checksum (EIP-55). */
export function addressText(crypto: Crypto, address: Uint8Array): string {
  const digits = toHex(address);
  const hash = toHex(crypto.keccak256(ascii(digits)));
  let text = '0x';
  for (let k = 0; k < digits.length; k++) {
    const digit = digits.charAt(k);
    text += hash.charAt(k) >= '8' ? digit.toUpperCase() : digit;
  }
  return text;
}

/** The 20 bytes of an address; undefined when it is none, or in mixed case with a wrong EIP-55 checksum. */
export function parseAddress(crypto: Crypto, text: string): Uint8Array | undefined {
  const address = /^0x[0-9a-fA-F]{40}$/.test(text) ? fromHex(text) : undefined;
  if (address === undefined) return undefined;
  const digits = text.slice(2);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  return oneCase || addressText(crypto, address) === text ? address : undefined;
}
