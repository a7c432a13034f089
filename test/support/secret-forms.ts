/** Ways to write secret bytes, whole or half of them, and as they are. */
function secretForms(secret: Uint8Array): readonly Buffer[] {
  const half = secret.length / 2;
  const parts = [secret, secret.subarray(0, half), secret.subarray(half)].map(part => Buffer.from(part));
  return parts.flatMap(part => [
    part,
    ...[
      part.toString('hex'),
      part.toString('hex').toUpperCase(),
      // with whatever stands before and behind it
      ...[0, 1, 2].map(start => wholeBase64(part.subarray(start), 'base64')),
      ...[0, 1, 2].map(start => wholeBase64(part.subarray(start), 'base64url')),
      [...part].join(','),
    ].map(text => Buffer.from(text)),
  ]);
}

/** Of the bytes that fill whole groups of four characters. */
function wholeBase64(bytes: Uint8Array, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 3))).toString(encoding);
}

/** Whether any of them is in there, also with white space between. */
export function holdsSecret(content: string | Uint8Array, secrets: readonly Uint8Array[]): boolean {
  const bytes = Buffer.from(content as Uint8Array);
  const dense = Buffer.from(bytes.toString('latin1').replace(/\s+/g, ''), 'latin1');
  const forms = secrets.flatMap(secretForms);
  return forms.some(form => bytes.includes(form) || dense.includes(form));
}
