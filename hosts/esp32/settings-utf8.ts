import { ascii } from '../../firmware/bytes';

/** Characters that are made at once: each is an argument, and so a slot of the machine's small stack. */
const PIECE = 64;

/** A text in UTF-8; undefined when it has half a surrogate pair, which UTF-8 cannot say. XS has no TextEncoder. */
export function toUtf8(text: string): Uint8Array | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(text)) return ascii(text);
  try {
    return unescaped(encodeURIComponent(text));
  } catch {
    return undefined;
  }
}

/** The text of bytes in UTF-8; undefined when they are none. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE)
    text += String.fromCharCode(...bytes.subarray(start, start + PIECE));
  try {
    return decodeURIComponent(text.replace(/[%\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`));
  } catch {
    return undefined;
  }
}

/** The bytes that each `%` and two digits, or a character of ASCII, stand for. */
function unescaped(escaped: string): Uint8Array {
  const bytes = new Uint8Array(escaped.replace(/%../g, '.').length);
  for (let k = 0, index = 0; k < escaped.length; index++) {
    const isEscape = escaped.charAt(k) === '%';
    bytes[index] = isEscape ? Number.parseInt(escaped.slice(k + 1, k + 3), 16) : escaped.charCodeAt(k);
    k += isEscape ? 3 : 1;
  }
  return bytes;
}
