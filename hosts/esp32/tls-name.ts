/** A name in a certificate (RFC 5280, GeneralName): its tag, and a text, or bytes where it is none. */
export interface SubjectName {
  readonly tag: number;
  readonly value: string | ArrayBuffer;
}

const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * Whether one of a certificate's names is the host's (RFC 6125): letters of either case, and an asterisk for the whole
 * of the leftmost label.
 */
export function isNamed(names: readonly SubjectName[], host: string): boolean {
  const wanted = host.toLowerCase();
  return names.some(({ tag, value }) => {
    if (tag === DNS_NAME && typeof value === 'string') return isDnsName(value.toLowerCase(), wanted);
    return tag === IP_ADDRESS && typeof value !== 'string' && new Uint8Array(value).join('.') === wanted;
  });
}

function isDnsName(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return name === host;
  const dot = host.indexOf('.');
  return dot > 0 && name.slice(1) === host.slice(dot);
}
