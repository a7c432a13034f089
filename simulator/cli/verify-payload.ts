import { decodePayloadV2, payloadV2Message } from '../../firmware/attest/m3tering-v2';
import { toHex } from '../../firmware/bytes';
import { verifyEd25519 } from '../ed25519';
import { Failure, UsageError } from '../errors';
import type { Print } from './print';

export interface PayloadOptions {
  readonly payload: Uint8Array;
  readonly publicKey?: Uint8Array;
}

/** Prints what a payload v2 says, as JSON, and whether its signature holds. @throws Failure when it does not. */
export function verifyPayload(options: PayloadOptions, print: Print): void {
  const decoded = decodePayloadV2(options.payload);
  if (!decoded.ok)
    throw new UsageError(`--payload: expected 72, 74, 106, 109 or 112 bytes, got ${options.payload.length}`);
  const { nonce, energy, signature, voltage, longitude, latitude } = decoded.value;
  const publicKey = options.publicKey ?? decoded.value.publicKey;
  if (publicKey === undefined)
    throw new UsageError('expected --public-key HEX, since the payload carries none, got neither');
  if (publicKey.length !== 32)
    throw new UsageError(`--public-key: expected 32 bytes, got ${publicKey.length}`);
  const valid = verifyEd25519(signature, payloadV2Message(nonce, energy), publicKey);
  print(JSON.stringify({ valid, nonce, energy, voltage, publicKey: toHex(publicKey), longitude, latitude }));
  if (!valid) throw new Failure(`payload: expected a signature by ${toHex(publicKey)}, got one that is not`);
}
