import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

interface Question {
  readonly method: string;
  readonly id: number;
  readonly params: readonly unknown[];
}

/** What it says instead of the node: undefined lets the node answer. */
export type Misbehaviour = (question: Question) => 'stall' | { status: number; body: string } | undefined;

/** A node that misbehaves as it is told, in front of one that does not. */
export class RpcProxy {
  readonly url: string;
  /** Methods that were asked for, in their order. */
  readonly asked: string[] = [];
  misbehave: Misbehaviour = () => undefined;
  readonly #target: string;
  readonly #stalled: ServerResponse[] = [];

  static async open(t: ExecutionContext, target: string): Promise<RpcProxy> {
    let proxy: RpcProxy | undefined;
    const server: Server = createServer((request, response) => void proxy?.answer(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      server.close();
      server.closeAllConnections();
    });
    proxy = new RpcProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, target);
    return proxy;
  }

  private constructor(url: string, target: string) {
    this.url = url;
    this.#target = target;
  }

  /** How many wait for an answer. */
  get stalled(): number {
    return this.#stalled.length;
  }

  /** Hangs up on them. */
  hangUp(): void {
    for (const response of this.#stalled.splice(0)) response.destroy();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const question: Question = JSON.parse(body);
    this.asked.push(question.method);
    const instead = this.misbehave(question);
    if (instead === 'stall') return void this.#stalled.push(response);
    if (instead !== undefined) {
      response.writeHead(instead.status, { 'content-type': 'application/json' }).end(instead.body);
      return;
    }
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.#target, { method: 'POST', headers, body });
    response.writeHead(answer.status, headers).end(await answer.text());
  }
}
