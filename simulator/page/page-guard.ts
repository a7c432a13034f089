import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Of IPv4's loopback: on that of IPv6 somebody else may listen. */
const NAMES = ['127.0.0.1', 'localhost'];
/** That browsers leave out */
const HTTP_PORT = 80;

/**
 * Who may talk to the page's server. A name of another's that leads to this address (DNS rebinding) is not one of its
 * names; and a page of another's, which may open a WebSocket to anywhere, says so itself in `Origin`.
 */
export class PageGuard {
  readonly #hosts: ReadonlySet<string>;
  readonly #token: Buffer;

  /** @param port on loopback that it listens on @param token that lets a page act */
  constructor(port: number, token: string) {
    const names = port === HTTP_PORT ? NAMES : [];
    this.#hosts = new Set([...names, ...NAMES.map(name => `${name}:${port}`)]);
    this.#token = digest(token);
  }

  isHostOurs({ headers }: IncomingMessage): boolean {
    return headers.host !== undefined && this.#hosts.has(headers.host.toLowerCase());
  }

  /** Whether a page of this very server asks. */
  isOriginOurs(request: IncomingMessage): boolean {
    const { host, origin } = request.headers;
    return this.isHostOurs(request) && origin === `http://${host}`;
  }

  isTokenRight(token: string): boolean {
    return timingSafeEqual(digest(token), this.#token);
  }
}

/** Of one length, whatever was said. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
