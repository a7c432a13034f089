import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../errors';
import type { Gateway } from './gateway';
import type { GatewayMetrics } from './gateway-metrics';

export interface StatusServer {
  readonly port: number;
  close(): void;
}

export interface StatusServerOptions {
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
  readonly metrics: GatewayMetrics;
  /** Undefined until it is open. */
  readonly gateway: () => Gateway | undefined;
}

/** `/metrics` for Prometheus, `/health` for whoever restarts what is not well. @throws Failure when the port is not free */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) return answer(response, 405, 'text/plain', 'expected GET or HEAD\n');
    if (request.url === '/health') return answerHealth(response, options.gateway());
    if (request.url === '/metrics') return void answerMetrics(response, options.metrics);
    answer(response, 404, 'text/plain', 'expected /metrics or /health\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Failure(`--metrics: expected ${host}:${port} to be free, got ${error.code}`)),
    );
    server.listen(port, host, resolve);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** 200 while it keeps all its promises, else 503. */
function answerHealth(response: ServerResponse, gateway: Gateway | undefined): void {
  const { broker = false, chain = false, store = true, through } = gateway?.health ?? {};
  const status = broker && chain && store ? 200 : 503;
  const body = { broker, chain, store, through: through === undefined ? null : Number(through) };
  answer(response, status, 'application/json', JSON.stringify(body));
}

async function answerMetrics(response: ServerResponse, { registry }: GatewayMetrics): Promise<void> {
  answer(response, 200, registry.contentType, await registry.metrics());
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
