const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The DER of the first certificate in a PEM text (RFC 7468); undefined when there is none, or it is not base64. */
export function certificateOf(pem: string): Uint8Array | undefined {
  const begin = pem.indexOf(BEGIN);
  const end = pem.indexOf(END, begin);
  if (begin < 0 || end < 0) return undefined;
  const text = pem.slice(begin + BEGIN.length, end).replace(/\s/g, '');
  return text === '' ? undefined : fromBase64(text);
}

function fromBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  for (let k = 0, filled = 0; k < text.length - padding; k++) {
    const digit = DIGITS.indexOf(text.charAt(k));
    if (digit < 0) return undefined;
    bits = ((bits << 6) | digit) & 0xffff;
    // after 2, 3 and 4 digits of each four there is another byte
    if (k % 4 !== 0) bytes[filled++] = bits >> (6 - 2 * (k % 4));
  }
  return bytes;
}
