import { failure } from '../../firmware/result';

const LONGEST_SHOWN = 40;
/** As deep as a calibration file goes. */
const DEEPEST = 5;

/** Character codes. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
/** From a brace or bracket that opens to the one that closes. */
const CLOSING = 2;

/** One line that says what is wrong with a setting: its name, what was expected and what came. */
export function refusal(what: string, expected: string, got: unknown) {
  return failure(`${what}: expected ${expected}, got ${shown(got)}`);
}

/** The same where what came is a secret or could be one. */
export function silentRefusal(what: string, expected: string, got: string) {
  return failure(`${what}: expected ${expected}, got ${got}`);
}

/**
 * What JSON says; undefined when it is none, or nested more than five deep: XS parses by recursion, and deep nesting
 * would end the machine past every `try`.
 */
export function parseJson(text: string): unknown {
  if (jsonDepth(text).deepest > DEEPEST) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How deep a text, as far as it goes, nests braces and brackets outside its strings: at its end, and at its deepest. */
export function jsonDepth(text: string): { readonly atEnd: number; readonly deepest: number } {
  let atEnd = 0;
  let deepest = 0;
  let isInString = false;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) k += code === BACKSLASH ? 1 : 0;
    else if (code === BRACE || code === BRACKET) deepest = Math.max(deepest, ++atEnd);
    else if (code === BRACE + CLOSING || code === BRACKET + CLOSING) atEnd--;
  }
  return { atEnd, deepest };
}

/** An object's fields; undefined for all else. */
export function fieldsOf(content: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isObject ? (content as Record<string, unknown>) : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}
