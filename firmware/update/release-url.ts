/** Characters of the longest that is obeyed. */
const LONGEST = 200;
/** Scheme, host, port, path and query: no user, no fragment, nothing that would end a line of HTTP. */
const HTTP_URL = /^(https?):\/\/([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(\/[!"$-~]*)?$/;

/** Where an image is fetched. */
export interface ReleaseUrl {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
}

/** Undefined for what is no http or https URL that the meter can ask for: a name or an IPv4 address, 200 characters. */
export function parseReleaseUrl(url: string): ReleaseUrl | undefined {
  const parts = url.length <= LONGEST ? HTTP_URL.exec(url) : null;
  if (parts === null) return undefined;
  const isSecure = parts[1] === 'https';
  const port = parts[3] === undefined ? (isSecure ? 443 : 80) : Number(parts[3]);
  if (port < 1 || port > 65535) return undefined;
  return { isSecure, host: parts[2] as string, port, path: parts[4] ?? '/' };
}
