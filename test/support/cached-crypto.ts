import type { Crypto } from '../../firmware/host';

/** The same, but what is signed, recovered or hashed again is not computed again: all depend on nothing but what goes in. */
export function cached(crypto: Crypto): Crypto {
  const { sign, recover, keccak256 } = crypto;
  return { ...crypto, sign: once(sign), recover: once(recover), keccak256: once(keccak256) };
}

/** Each caller gets a result of its own. */
function once<Inputs extends Uint8Array[], Result extends Uint8Array | undefined>(
  compute: (...inputs: Inputs) => Result,
): typeof compute {
  const results = new Map<string, Result>();
  return (...inputs) => {
    const key = inputs.map(latin1).join('|');
    if (!results.has(key)) results.set(key, compute(...inputs));
    return results.get(key)?.slice() as Result;
  };
}

/** A character a byte. */
function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
