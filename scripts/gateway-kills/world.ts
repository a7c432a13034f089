import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { bytesToHex, hexToBytes } from 'viem';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { verifyDirective } from '../../firmware/directives/verify';
import { meterTopic } from '../../firmware/link/topics';
import { type Anvil, startAnvil } from '../../simulator/chain/anvil';
import { withNativeSignatures } from '../../simulator/native-signatures';
import { crypto, key } from '../../test/support/messages';
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto';
import { Contracts, SUBMITTER } from './contracts';
import { RpcTap } from './rpc-tap';
import { StreetMeter } from './street-meter';

export const CONFIRMATIONS = 2;
export const MWH_PER_KWH = 1_000_000;
const NOBODY = key(1).address;
const OPERATOR = key(2);
/** Of the first meter's device */
const FIRST_DEVICE = 100;

const ECHO = 'echo';
const HEARD = ['credit', 'acknowledged'] as const;
/** What the gateway has said on a meter's topic. */
export type Heard = (typeof HEARD)[number];

/** Broker, chain, contracts, meters and those who pay: all that goes on when the gateway is gone. */
export class World {
  /** Called with what the gateway says, after the meter has taken note of it. */
  onHeard: ((kind: Heard, meter: StreetMeter) => void) | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), 'm3ter-gateway-kills-'));
  readonly meters: StreetMeter[] = [];
  readonly anvil: Anvil;
  readonly contracts: Contracts;
  readonly tap: RpcTap;
  readonly #broker: Mosquitto;
  readonly #client: MqttClient;
  readonly #domain: SigningDomain;
  #onEcho = () => {};

  static async open(): Promise<World> {
    const anvil = await startAnvil();
    const contracts = await Contracts.deploy(anvil);
    const tap = await RpcTap.open(anvil.url);
    // what comes while the gateway is away waits, however much it is
    const broker = await startMosquitto({ detached: true, settings: ['max_queued_messages 0'] });
    const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    await client.subscribeAsync([...HEARD.map(kind => `m3ter/+/+/${kind}`), ECHO], { qos: 1 });
    return new World(anvil, contracts, tap, broker, client);
  }

  private constructor(
    anvil: Anvil,
    contracts: Contracts,
    tap: RpcTap,
    broker: Mosquitto,
    client: MqttClient,
  ) {
    this.anvil = anvil;
    this.contracts = contracts;
    this.tap = tap;
    this.#broker = broker;
    this.#client = client;
    const registry = hexToBytes(contracts.deployment.registry);
    this.#domain = new SigningDomain(withNativeSignatures(crypto), { chainId: anvil.id, registry });
    client.on('message', (topic, payload) => this.#hear(topic, new Uint8Array(payload)));
    this.#write('operator', bytesToHex(OPERATOR.privateKey));
    this.#write('submitter', bytesToHex(SUBMITTER.getHdKey().privateKey as Uint8Array));
    this.#write('deployment.json', JSON.stringify(contracts.deployment));
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  /** What `m3ter gateway` is told. */
  get words(): readonly string[] {
    const file = (name: string) => join(this.folder, name);
    return [
      ...['--broker', `mqtt://127.0.0.1:${this.#broker.port}`, '--rpc', this.tap.url],
      ...['--chain-id', `${this.anvil.id}`, '--deployment', file('deployment.json')],
      ...['--key', file('operator'), '--submitter-key', file('submitter'), '--state', this.state],
      ...['--confirmations', `${CONFIRMATIONS}`, '--longest-wait', '0', '--json'],
    ];
  }

  /** One more meter, in the registry and with a tariff. */
  async addMeter(isTerse: boolean): Promise<StreetMeter> {
    const device = key(FIRST_DEVICE + this.meters.length);
    const m3terId = await this.contracts.mint(device);
    const meter = new StreetMeter(this.#domain, m3terId, device, isTerse);
    this.meters.push(meter);
    return meter;
  }

  /** Resolves when the broker has it. */
  async say(meter: StreetMeter, reading: Uint8Array): Promise<void> {
    const topic = meterTopic(this.anvil.id, meter.m3terId, 'reading');
    await this.#client.publishAsync(topic, Buffer.from(reading), { qos: 1 });
  }

  /** Resolves when it is mined. */
  async pay(meter: StreetMeter, kilowattHours: number): Promise<void> {
    // the gateway may see it before we know that it is mined
    meter.paid += kilowattHours * MWH_PER_KWH;
    await this.contracts.pay(meter.m3terId, kilowattHours);
  }

  async mine(blocks: number): Promise<void> {
    await this.anvil.client.request({ method: 'anvil_mine', params: [`0x${blocks.toString(16)}`] } as never);
  }

  /** Resolves when we have heard what the broker had before: what a gateway that is gone has still said. */
  async settled(): Promise<void> {
    const echo = new Promise<void>(resolve => {
      this.#onEcho = resolve;
    });
    await this.#client.publishAsync(ECHO, '', { qos: 1 });
    await echo;
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
    await this.#broker.stop();
    this.tap.close();
    await this.anvil.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #hear(topic: string, payload: Uint8Array): void {
    const [name, , token, kind] = topic.split('/') as [string, string, string, Heard];
    if (name === ECHO) this.#onEcho();
    const meter = this.meters.find(({ m3terId }) => `${m3terId}` === token);
    if (meter === undefined) return;
    const authority = {
      domain: this.#domain,
      m3terId: meter.m3terId,
      owner: NOBODY,
      operator: OPERATOR.address,
    };
    const directive = verifyDirective(authority, kind, payload);
    if (!directive.ok) throw new Error(`${topic}: expected what the meter obeys, got ${directive.fault}`);
    const { message } = directive.value;
    if ('sequence' in message) meter.acknowledged = Math.max(meter.acknowledged, Number(message.sequence));
    if ('credited' in message) meter.credited = Math.max(meter.credited, Number(message.credited));
    this.onHeard?.(kind, meter);
  }

  #write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content, { mode: 0o600 });
  }
}
