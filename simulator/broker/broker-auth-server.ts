import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../errors';
import { type BrokerAuth, QUESTIONS, type Question, type Refusal } from './broker-auth';

export interface BrokerAuthServer {
  readonly port: number;
  /** Resolves when nobody is talked to any more. */
  close(): Promise<void>;
}

export interface BrokerAuthServerOptions {
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
  readonly auth: BrokerAuth;
  readonly onRefusal: (refusal: Refusal, question: Question, form: URLSearchParams) => void;
}

/** Bytes: some times the longest form with the longest topic that a meter has. */
const LONGEST_FORM = 8192;
/** Connections: RabbitMQ has a few, which it uses again. */
const MOST_CONNECTIONS = 200;
/** ms that a request may take to come. */
const REQUEST_TIMEOUT = 5_000;
/** ms that a connection stays without one: longer than the client's two minutes, so that none is cut as it is used. */
const KEEP_ALIVE = 130_000;

/**
 * Answers RabbitMQ's HTTP backend: 200 with `allow` or `deny`.
 * @throws Failure when the port is not free
 */
export async function serveBrokerAuth(options: BrokerAuthServerOptions): Promise<BrokerAuthServer> {
  const { host, port } = options;
  const timeouts = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT };
  const server = createServer(
    { ...timeouts, connectionsCheckingInterval: 1000, keepAliveTimeout: KEEP_ALIVE },
    (request, response) => void answer(request, response, options),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Failure(`--listen: expected ${host}:${port} to be free, got ${error.code}`)),
    );
    server.listen(port, host, resolve);
  });
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { auth, onRefusal }: BrokerAuthServerOptions,
): Promise<void> {
  const question = QUESTIONS.find(name => request.url === `/${name}`);
  if (question === undefined) return end(response, 404, `expected /${QUESTIONS.join(', /')}\n`);
  if (request.method !== 'POST') return end(response, 405, 'expected POST\n');
  const body = await readBody(request);
  if (body === undefined) return end(response, 413, `expected at most ${LONGEST_FORM} bytes\n`);
  const form = new URLSearchParams(body);
  const decision = await auth.decide(question, form);
  if (!decision.ok) onRefusal(decision.fault, question, form);
  end(response, 200, decision.ok ? 'allow' : 'deny');
}

/** Undefined when it is too long, or its sender is gone. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > LONGEST_FORM) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

/** What is not answered rightly has not been read to its end: its connection is of no more use. */
function end(response: ServerResponse, status: number, body: string): void {
  if (status !== 200) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}
