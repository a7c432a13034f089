/** The segments that a character lights: a (top) is bit 0, clockwise to f (upper left) in bit 5, g (middle) in bit 6. */
const SEGMENTS: Readonly<Record<string, number>> = {
  '0': 0x3f,
  '1': 0x06,
  '2': 0x5b,
  '3': 0x4f,
  '4': 0x66,
  '5': 0x6d,
  '6': 0x7d,
  '7': 0x07,
  '8': 0x7f,
  '9': 0x6f,
  '-': 0x40,
  A: 0x77,
  C: 0x39,
  E: 0x79,
  F: 0x71,
  H: 0x76,
  I: 0x06,
  L: 0x38,
  O: 0x3f,
  P: 0x73,
  S: 0x6d,
  U: 0x3e,
  Y: 0x6e,
  a: 0x5f,
  b: 0x7c,
  c: 0x58,
  d: 0x5e,
  e: 0x7b,
  f: 0x71,
  i: 0x04,
  n: 0x54,
  o: 0x5c,
  r: 0x50,
};
const POINT = 0x80;

/**
 * What to light for a text, right-aligned. A point has no place of its own: it is the bit 7 of the character before it.
 * A character that has no shape in seven segments is dark.
 * @throws RangeError when the text has more characters than there are places
 */
export function sevenSegments(text: string, places: number): Uint8Array {
  const lit: number[] = [];
  for (const character of text) {
    if (character === '.' && lit.length > 0) lit.push((lit.pop() as number) | POINT);
    else lit.push(SEGMENTS[character] ?? 0);
  }
  if (lit.length > places) throw new RangeError(`text: expected at most ${places} places, got ${text}`);
  const segments = new Uint8Array(places);
  segments.set(lit, places - lit.length);
  return segments;
}
