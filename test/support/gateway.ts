import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { MqttClient } from 'mqtt';
import { hexToBytes, toHex } from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import { encodeEnvelope } from '../../firmware/attest/envelope';
import { LINK, READING } from '../../firmware/attest/signed-types';
import type { Message } from '../../firmware/attest/struct-type';
import { verifyDirective } from '../../firmware/directives/verify';
import { Broker } from '../../simulator/broker/broker';
import type { Chain } from '../../simulator/chain/chain';
import type { SignedReading } from '../../simulator/chain/signed-reading';
import { Gateway, type GatewayOptions } from '../../simulator/gateway/gateway';
import { GatewayStore } from '../../simulator/gateway/gateway-store';
import type { Notice, NoticeCode } from '../../simulator/gateway/notice';
import { withNativeSignatures } from '../../simulator/native-signatures';
import { BUYER, ChainRig, makeReadings, OWNER, type ReadingsOptions, STRANGER, UNIT } from './anvil';
import { crypto, key } from './messages';

/** Signs credit and acknowledgements. */
export const OPERATOR = key(7);
export const KILOWATT_HOUR = 1_000_000;

interface Obeyed {
  readonly sequence?: number;
  readonly credited?: number;
  readonly withdrawn?: number;
}

/** A gateway between a broker in this process and contracts on anvil, and a client in the place of all meters. */
export class GatewayRig {
  readonly rig: ChainRig;
  readonly broker: Broker;
  readonly world: MqttClient;
  readonly directory: string;
  readonly notices: Notice[] = [];
  /** What the gateway has said, by topic, newest last. */
  readonly heard = new Map<string, Uint8Array[]>();
  gateway: Gateway | undefined;

  static async open(t: ExecutionContext, anvil: Chain): Promise<GatewayRig> {
    const rig = await ChainRig.deploy(anvil);
    const broker = await Broker.open();
    const world = broker.client('world');
    const opened = new GatewayRig(rig, broker, world);
    t.teardown(async () => {
      await opened.gateway?.close();
      await world.endAsync(true);
      await broker.close();
      rmSync(opened.directory, { recursive: true, force: true });
    });
    await world.subscribeAsync(
      ['credit', 'acknowledged'].map(stream => `m3ter/+/+/${stream}`),
      { qos: 1 },
    );
    return opened;
  }

  private constructor(rig: ChainRig, broker: Broker, world: MqttClient) {
    this.rig = rig;
    this.broker = broker;
    this.world = world;
    this.directory = mkdtempSync(join(tmpdir(), 'm3ter-gateway-'));
    world.on('message', (topic, payload) => {
      this.heard.set(topic, [...(this.heard.get(topic) ?? []), new Uint8Array(payload)]);
    });
  }

  /** Opens a gateway on the state that the one before has left. */
  async start(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
    const client = options.client ?? this.broker.client('gateway');
    const store = options.store ?? GatewayStore.open(this.directory);
    try {
      this.gateway = await Gateway.open({
        crypto: withNativeSignatures(crypto),
        key: OPERATOR,
        chain: this.rig.chain,
        deployment: this.rig.deployment,
        submitter: STRANGER,
        confirmations: 0,
        notify: notice => this.notices.push(notice),
        ...options,
        client,
        store,
      });
      return this.gateway;
    } catch (error) {
      await client.endAsync(true);
      await store.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.gateway?.close();
    this.gateway = undefined;
  }

  /** A meter whose device is in the registry and whose kWh costs one unit. */
  async meter(device: SigningKey): Promise<bigint> {
    const m3terId = await this.rig.mint(device);
    await this.rig.done(this.rig.as(OWNER).protocol.write.setTariff([m3terId, UNIT]));
    return m3terId;
  }

  pay(m3terId: bigint, kilowattHours: bigint) {
    return this.rig.done(this.rig.as(BUYER).protocol.write.pay([m3terId, kilowattHours * UNIT]));
  }

  topic(m3terId: bigint, stream: string): string {
    return `m3ter/${this.rig.chain.id}/${m3terId}/${stream}`;
  }

  /** Says something in a meter's place; resolves when the broker has it. */
  async say(m3terId: bigint, stream: string, payload: Uint8Array, retain = false): Promise<void> {
    await this.world.publishAsync(this.topic(m3terId, stream), Buffer.from(payload), { qos: 1, retain });
  }

  readings(count: number, options: ReadingsOptions): Uint8Array[] {
    return makeReadings(this.rig.domain, count, options).map(envelopeOf);
  }

  link(m3terId: bigint, device: SigningKey): Uint8Array {
    const message = { m3terId, device: device.address };
    return encodeEnvelope(LINK, message, this.rig.domain.sign(LINK, message, device.privateKey));
  }

  /** What the meter would obey of the last that was said on one of its topics. */
  told(m3terId: bigint, kind: 'credit' | 'acknowledged'): unknown {
    const message = this.#obeyed(m3terId, kind);
    return typeof message === 'object' ? (message.credited ?? message.sequence) : message;
  }

  toldWithdrawn(m3terId: bigint): unknown {
    const message = this.#obeyed(m3terId, 'credit');
    return typeof message === 'object' ? message.withdrawn : message;
  }

  #obeyed(m3terId: bigint, kind: 'credit' | 'acknowledged'): Obeyed | string | undefined {
    const payload = this.heard.get(this.topic(m3terId, kind))?.at(-1);
    if (payload === undefined) return undefined;
    const authority = { domain: this.rig.domain, m3terId, owner: key(1).address, operator: OPERATOR.address };
    const directive = verifyDirective(authority, kind, payload);
    return directive.ok ? (directive.value.message as Obeyed) : directive.fault;
  }

  /** Resolves when the gateway has dealt with all that was said, which takes the broker some turns of the event loop. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) {
      await new Promise(resolve => setImmediate(resolve));
      if (turn % 25 === 24) await this.gateway?.settled();
    }
  }

  noticed(code: NoticeCode): number {
    return this.notices.filter(notice => notice.code === code).length;
  }

  request(method: string, ...params: unknown[]): Promise<unknown> {
    return this.rig.chain.client.request({ method, params } as never);
  }

  /** Of empty blocks. */
  mine(count: number): Promise<unknown> {
    return this.request('anvil_mine', toHex(count));
  }
}

/** As it is on the wire. */
export function envelopeOf({ reading, signature }: SignedReading): Uint8Array {
  const number = (value: bigint) => Number(value);
  const message = {
    m3terId: reading.m3terId,
    sequence: number(reading.sequence),
    timestamp: number(reading.timestamp),
    imported: number(reading.imported),
    exported: number(reading.exported),
    debited: number(reading.debited),
    credited: number(reading.credited),
    withdrawn: number(reading.withdrawn),
    feedIn: number(reading.feedIn),
    status: reading.status,
    telemetry: hexToBytes(reading.telemetry),
    previous: hexToBytes(reading.previous),
  } satisfies Message<typeof READING>;
  return encodeEnvelope(READING, message, hexToBytes(signature));
}
