import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { ACKNOWLEDGEMENT } from '../../firmware/attest/signed-types';
import { meterTopic } from '../../firmware/link/topics';
import type { Anvil } from '../chain/anvil';
import { expectSuccess } from './bench-meter';
import { type BenchBroker, ended } from './gateway-broker';
import { benchKey, keyText, type MeteredChain } from './gateway-meters';

const COMMAND = fileURLToPath(new URL('../m3ter.js', import.meta.url));
/** Of the operator's key */
const OPERATOR = 1_000_000;
const ECHO = 'bench/echo';
/** Bytes: of a reading, about */
const ECHO_LENGTH = 240;
/** ms */
const PATIENCE = 120_000;
const LOOK = 5;

/** How long each of a burst of messages was under way, in ms, and all of them together. */
export interface Burst {
  readonly times: readonly number[];
  readonly total: number;
}

/** `m3ter gateway` in a process of its own, and a client in the place of all meters. */
export class GatewayLoad {
  readonly #folder = mkdtempSync(join(tmpdir(), 'm3ter-bench-gateway-'));
  readonly #chain: Anvil;
  readonly #metered: MeteredChain;
  readonly #child: ChildProcess;
  readonly #client: MqttClient;
  /** By topic, what is to be called when a message comes. */
  readonly #awaited = new Map<string, (payload: Uint8Array) => void>();
  #sequence = 0;

  static async open(broker: BenchBroker, chain: Anvil, metered: MeteredChain): Promise<GatewayLoad> {
    const client = await connectAsync(broker.url);
    await client.subscribeAsync([`m3ter/${chain.id}/+/acknowledged`, `${ECHO}/+`], { qos: 1 });
    const load = new GatewayLoad(broker, chain, metered, client);
    await load.#begin();
    return load;
  }

  private constructor(broker: BenchBroker, chain: Anvil, metered: MeteredChain, client: MqttClient) {
    this.#chain = chain;
    this.#metered = metered;
    this.#client = client;
    client.on('message', (topic, payload) => this.#awaited.get(topic)?.(new Uint8Array(payload)));
    const file = (name: string, content: string) => {
      const path = join(this.#folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    };
    const words = [
      ...['gateway', '--broker', broker.url, '--rpc', chain.url, '--chain-id', `${chain.id}`],
      ...['--deployment', file('deployment.json', JSON.stringify(metered.deployment))],
      ...['--key', file('key', keyText(benchKey(OPERATOR))), '--state', this.#state, '--confirmations', '0'],
    ];
    this.#child = spawn(process.execPath, [COMMAND, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Bytes on the disk, of all that the gateway keeps. */
  get diskUsed(): number {
    return statSync(join(this.#state, 'gateway.mdb')).blocks * 512;
  }

  /** The next reading of every meter at once, up to the signed acknowledgement of each. */
  async readings(): Promise<Burst> {
    this.#sequence++;
    const messages = this.#metered.meters.map(meter => {
      const topic = (stream: 'reading' | 'acknowledged') => meterTopic(this.#chain.id, meter.m3terId, stream);
      return { topic: topic('reading'), payload: meter.next(), answer: topic('acknowledged') };
    });
    return this.#burst(messages, payload => {
      const { message } = expectSuccess('acknowledgement', decodeEnvelope(ACKNOWLEDGEMENT, payload));
      return message.sequence >= this.#sequence;
    });
  }

  /** As many messages of the same length to ourselves, by the broker alone. */
  echoes(): Promise<Burst> {
    const payload = new Uint8Array(ECHO_LENGTH);
    const messages = this.#metered.meters.map(({ m3terId }) => {
      const topic = `${ECHO}/${m3terId}`;
      return { topic, payload, answer: topic };
    });
    return this.#burst(messages, () => true);
  }

  async close(): Promise<void> {
    await ended(this.#child);
    await this.#client.endAsync(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #state(): string {
    return join(this.#folder, 'state');
  }

  /** The gateway has to be subscribed, and to know every meter: the first readings tell it of them. */
  async #begin(): Promise<void> {
    let said = '';
    this.#child.stdout?.on('data', text => {
      said += text;
    });
    for (let waited = 0; !said.includes('chain-reached'); waited += LOOK) {
      if (this.#child.exitCode !== null || waited > PATIENCE) {
        await this.close();
        throw new Error(`gateway: waited in vain for it to see the chain, it said ${said}`);
      }
      await sleep(LOOK);
    }
    await this.readings();
  }

  #burst(
    messages: readonly { readonly topic: string; readonly payload: Uint8Array; readonly answer: string }[],
    isAnswer: (payload: Uint8Array) => boolean,
  ): Promise<Burst> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(new Error(`gateway: ${messages.length - times.length} of ${messages.length} not answered`)),
        PATIENCE,
      );
      const times: number[] = [];
      const start = performance.now();
      for (const { topic, payload, answer } of messages) {
        const since = performance.now();
        this.#awaited.set(answer, came => {
          if (!isAnswer(came)) return;
          this.#awaited.delete(answer);
          times.push(performance.now() - since);
          if (times.length < messages.length) return;
          clearTimeout(timer);
          resolve({ times, total: performance.now() - start });
        });
        this.#client.publish(topic, Buffer.from(payload), { qos: 1 });
      }
    });
  }
}
