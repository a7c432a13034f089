import { toHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';

/** The same, but each signature is made and recovered once: both depend on nothing but what goes in. */
export function cached(crypto: Crypto): Crypto {
  return { ...crypto, sign: once(crypto.sign), recover: once(crypto.recover) };
}

function once<Result>(compute: (a: Uint8Array, b: Uint8Array) => Result): typeof compute {
  const results = new Map<string, Result>();
  return (a, b) => {
    const key = `${toHex(a)} ${toHex(b)}`;
    const known = results.get(key);
    if (known !== undefined || results.has(key)) return known as Result;
    const result = compute(a, b);
    results.set(key, result);
    return result;
  };
}
