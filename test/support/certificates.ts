import { createHash, X509Certificate } from 'node:crypto';

/** SHA-256 of the SubjectPublicKeyInfo of a certificate in PEM, as `TlsOptions.keyHash` has it. */
export function hashOfKey(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex');
}
