import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Moment = 'asked' | 'answered';

/** Sits between gateway and node, and tells of each call before the node has it and before the gateway has the answer. */
export class RpcTap {
  readonly url: string;
  onCall: ((method: string, moment: Moment) => void) | undefined;
  readonly #target: string;
  readonly #server: Server;

  static async open(target: string): Promise<RpcTap> {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return new RpcTap(server, target);
  }

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // a gateway that was killed has nobody to be answered
    server.on(
      'request',
      (request, response) => void this.#pass(request, response).catch(() => response.destroy()),
    );
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const { method } = JSON.parse(body) as { readonly method: string };
    this.onCall?.(method, 'asked');
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.#target, { method: 'POST', headers, body });
    const text = await answer.text();
    this.onCall?.(method, 'answered');
    response.writeHead(answer.status, headers).end(text);
  }
}
