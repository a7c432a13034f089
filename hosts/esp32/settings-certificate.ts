import { failure, type Result, success } from '../../firmware/result';
import { certificateOf } from './tls-pem';

/** Characters; that of the largest RSA key in use, 4096 bits, has some 2200. */
export const LONGEST_CERTIFICATE = 3000;

const BEGIN = '-----BEGIN CERTIFICATE-----';
export const END_CERTIFICATE = '-----END CERTIFICATE-----';

/**
 * One certificate in PEM (RFC 7468), its lines parted by single line feeds. That the length which its DER claims is
 * the one it has shows a byte that a serial line has lost; whether it certifies anything only TLS will tell.
 */
export function checkCertificate(text: unknown): Result<string, string> {
  if (typeof text !== 'string') return wrong('a text in PEM', 'none');
  if (text.length > LONGEST_CERTIFICATE)
    return wrong(`at most ${LONGEST_CERTIFICATE} characters`, String(text.length));
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  if (lines[0] !== BEGIN) return wrong(BEGIN, 'another first line');
  if (lines.indexOf(END_CERTIFICATE) !== lines.length - 1)
    return wrong(`one certificate, up to ${END_CERTIFICATE}`, `${lines.length} lines without that end`);
  const pem = `${lines.join('\n')}\n`;
  const der = certificateOf(pem);
  if (der === undefined) return wrong('base64', 'lines that are none, or not whole');
  const claimed = claimedLength(der);
  return claimed === der.length ? success(pem) : wrong(`${claimed} bytes of DER`, String(der.length));
}

/** Bytes of a DER sequence by its head (X.690 §8.1.3), which is included; 0 when it is no sequence of 128 bytes or more. */
function claimedLength([tag, form, high = 0, low = 0]: Uint8Array): number {
  if (tag !== 0x30) return 0;
  if (form === 0x81) return 3 + high;
  return form === 0x82 ? 4 + 256 * high + low : 0;
}

function wrong(expected: string, got: string) {
  return failure(`certificate: expected ${expected}, got ${got}`);
}
