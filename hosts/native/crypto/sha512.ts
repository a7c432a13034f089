import { Digest } from 'crypt';

/** SHA-512 by the SDK's C, which TLS has brought along. @returns 64 bytes */
export function sha512(message: Uint8Array): Uint8Array {
  const digest = new Digest('SHA512');
  digest.write(message);
  return new Uint8Array(digest.close());
}
