import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Failure } from '../errors';
import { LONGEST_REQUEST } from './messages';
import { bundlePage, type PageFile } from './page-bundle';
import { PageFeed } from './page-feed';
import { PageGuard } from './page-guard';
import { PAGE_HEADERS } from './page-headers';
import type { PageSource } from './page-source';

const HOST = '127.0.0.1';
/** ms between two updates: a person sees no more numbers than ten a second */
const UPDATE_INTERVAL = 100;
const UPDATES_A_SECOND = 1000 / UPDATE_INTERVAL;
/** Open pages: each costs the simulation some of its time */
const MOST_PAGES = 16;
/** RFC 6455, 7.4.1 */
const TRY_AGAIN_LATER = 1013;

export interface PageOptions {
  /** On loopback; 0 or absent: any that is free */
  readonly port?: number;
}

export interface PageServer {
  /** With the token that lets the page act, which no browser sends to anybody: it is a fragment. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the live page of a source, to this computer only.
 * @throws Failure when the port is not free
 */
export async function servePage(source: PageSource, { port = 0 }: PageOptions = {}): Promise<PageServer> {
  const files = await bundlePage();
  const server = createServer();
  await listen(server, port);
  const bound = (server.address() as AddressInfo).port;
  const token = randomBytes(16).toString('hex');
  const guard = new PageGuard(bound, token);
  server.on('request', (request, response) => answer(guard, files, request, response));
  const pages = new Pages(source, guard);
  server.on('upgrade', (request, socket, head) => pages.upgrade(request, socket, head));
  return {
    url: `http://${HOST}:${bound}/#${token}`,
    async close() {
      pages.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(`page: expected ${HOST}:${port} to be free to listen on, got ${code}`);
  }
}

function answer(
  guard: PageGuard,
  files: ReadonlyMap<string, PageFile>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const file = files.get((request.url ?? '/').replace(/\?.*/, ''));
  if (!guard.isHostOurs(request)) refuse(response, 421);
  else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405);
  else if (file === undefined) refuse(response, 404);
  else response.writeHead(200, { ...PAGE_HEADERS, 'Content-Type': file.type }).end(file.body);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, PAGE_HEADERS).end();
}

/** The pages that are open, told of what is new as long as there is one. */
class Pages {
  readonly #source: PageSource;
  readonly #guard: PageGuard;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_REQUEST,
    perMessageDeflate: false,
  });
  readonly #feeds = new Set<PageFeed>();
  #timer: NodeJS.Timeout | undefined;
  #updates = 0;

  constructor(source: PageSource, guard: PageGuard) {
    this.#source = source;
    this.#guard = guard;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // HTTP has let go of the connection, and an error that nobody hears would end the process
    socket.on('error', () => {});
    if (request.url !== '/live' || !this.#guard.isOriginOurs(request))
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n', () => socket.destroy());
    else this.#sockets.handleUpgrade(request, socket, head, opened => this.#open(opened));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #open(socket: WebSocket): void {
    // A frame that breaks the protocol, or is too long: ws closes the connection by itself.
    socket.on('error', () => {});
    if (this.#feeds.size >= MOST_PAGES) {
      socket.close(TRY_AGAIN_LATER, 'too many pages');
      return;
    }
    const feed = new PageFeed(socket, this.#source, token => this.#guard.isTokenRight(token));
    this.#feeds.add(feed);
    this.#timer ??= setInterval(() => this.#update(), UPDATE_INTERVAL);
    socket.on('close', () => this.#drop(feed));
  }

  #drop(feed: PageFeed): void {
    this.#feeds.delete(feed);
    if (this.#feeds.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #update(): void {
    const isSecondOver = ++this.#updates % UPDATES_A_SECOND === 0;
    for (const feed of this.#feeds) {
      feed.update();
      if (isSecondOver) feed.forgiveRequests();
    }
  }
}
