import type { MqttClient } from 'mqtt';
import { type Address, hexToBytes } from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { Event } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { Crypto } from '../../firmware/host';
import { meterTopic } from '../../firmware/link/topics';
import type { Chain } from '../chain/chain';
import { afterChange, type CircleStages } from '../chain/simulated-circle';
import { Failure } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import type { Gateway } from '../gateway/gateway';
import type { AccountChange, GatewayAccount } from '../gateway/gateway-account';
import type { Notify } from '../gateway/notice';
import { deviceAddress, eventRows, MOST_SHOWN, readingRows } from './account-views';
import { ChainMoney } from './chain-money';
import { gatewayCircle } from './gateway-circle';
import { GatewayControls, ORDER_STREAMS } from './gateway-controls';
import { gatewayRow, readingsOf, registersOf, supplyOf, telemetryOf, untakenOf } from './gateway-views';
import { HEARD_STREAMS, HeardMeter, type HeardStream, lineOf } from './heard-meter';
import type { PageAction } from './page-action';
import type { MeterHistory, PageSource } from './page-source';
import type { MeterRow, MeterView, WorldView } from './page-state';
import { supplyChanges } from './supply-changes';

export interface GatewaySourceOptions {
  readonly crypto: Crypto;
  /** Its `onChange` is the source's own until `close`. */
  readonly gateway: Gateway;
  /** With a clean session; the source's own until `close`, which ends it. */
  readonly client: MqttClient;
  readonly chain: Chain;
  readonly deployment: { readonly registry: Address; readonly protocol: Address };
  /** The operator's, to give orders with; absent: nobody may act. */
  readonly key?: SigningKey;
  readonly notify?: Notify;
  /** Unix seconds; the system's time when absent */
  readonly now?: () => number;
}

/** What the source keeps of one meter. */
interface Watched {
  readonly heard: HeardMeter;
  stages: CircleStages;
  /** Until something of it is new: of a thousand meters few have anything new from one look to the next. */
  row: MeterRow | undefined;
  /** The last that it told before somebody looked at it; undefined: nobody has */
  told: readonly Event[] | undefined;
}

const TOPIC = /^m3ter\/\d+\/(0|[1-9]\d{0,77})\/(telemetry|online|history|supply|tariff)$/;

/**
 * The meters of a gateway as the page shows them: what they have signed, and what they say besides. Only meters that the
 * gateway knows are listened to, so that memory is bounded by their number: 70 KB each, and 30 KB if it was looked at.
 */
export class GatewaySource implements PageSource {
  /** Gives orders about supply and tariff. @throws Failure when there is no such meter, or what is asked for cannot be done */
  readonly act?: (action: PageAction) => Promise<string>;
  readonly #options: GatewaySourceOptions;
  readonly #domain: SigningDomain;
  readonly #money: ChainMoney;
  readonly #controls: GatewayControls | undefined;
  readonly #now: () => number;
  readonly #notify: Notify;
  /** Unix seconds */
  readonly #openedAt: number;
  /** By m3terId, decimal. */
  readonly #watched = new Map<string, Watched>();

  /** Begins to listen, as soon as the broker is there. */
  constructor(options: GatewaySourceOptions) {
    this.#options = options;
    const { crypto, gateway, client, chain, deployment, key } = options;
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.#notify = options.notify ?? (() => {});
    this.#openedAt = this.#now();
    this.#domain = new SigningDomain(crypto, {
      chainId: chain.id,
      registry: hexToBytes(deployment.registry),
    });
    this.#money = new ChainMoney(chain, deployment.protocol, error =>
      this.#notify({ code: 'chain-failed', detail: `page: ${failureReason(error)}` }),
    );
    if (key !== undefined) {
      const clock = { notify: this.#notify, now: this.#now };
      this.#controls = new GatewayControls({ gateway, client, domain: this.#domain, key, ...clock });
      this.act = action => this.#act(action);
    }
    for (const { m3terId } of gateway.accounts()) this.#watch(m3terId);
    gateway.onChange = (m3terId, what) => this.#onChange(m3terId, what);
    client.on('message', (topic, payload, { retain }) =>
      this.#onMessage(topic, new Uint8Array(payload), retain),
    );
    client.on('close', () => this.#onBrokerLost());
    client.subscribe(this.#topics('+'), { qos: 1 }, () => {});
  }

  async close(): Promise<void> {
    this.#options.gateway.onChange = undefined;
    await this.#options.client.endAsync(true);
  }

  world(): WorldView {
    return { time: this.#now() };
  }

  rows(): MeterRow[] {
    return [...this.#watched].flatMap(([m3terId, watched]) => {
      const account = watched.row === undefined && this.#options.gateway.account(BigInt(m3terId));
      if (account) watched.row = gatewayRow(account, watched.heard);
      return watched.row ?? [];
    });
  }

  meter(m3terId: string): MeterView | undefined {
    const watched = this.#watched.get(m3terId);
    const account = watched && this.#options.gateway.account(BigInt(m3terId));
    return account && this.#view(account, watched);
  }

  history(m3terId: string): MeterHistory | undefined {
    return this.#watched.get(m3terId)?.heard;
  }

  #view(account: GatewayAccount, watched: Watched): MeterView {
    const { heard, stages } = watched;
    const { crypto, chain } = this.#options;
    const { last, proved, m3terId, credited, withdrawn, readings } = account;
    const { price, payment } = this.#money.of(m3terId);
    const shown = { readings: readingsOf(account), acknowledged: account.acknowledged };
    const events = this.#eventsOf(account, watched);
    const known = { m3terId, last, events, credited, withdrawn, readings };
    const telemetry = telemetryOf(known, heard);
    return {
      ...gatewayRow(known, heard),
      since: supplyOf(known).since,
      supply: supplyChanges(known),
      address: deviceAddress(crypto, account),
      topic: meterTopic(chain.id, m3terId, ''),
      ...(last && { balanceAt: last.timestamp }),
      line: telemetry && lineOf(telemetry),
      forecast: heard.telemetry?.forecast,
      registers: registersOf(known),
      untaken: untakenOf(known),
      price,
      circle: gatewayCircle(account, { stages, payment, telemetry, openedAt: this.#openedAt }),
      readings: readingRows(shown, this.#domain, proved.sequence),
      events: eventRows({ events }),
      appliances: [],
      controls: this.#controls?.of(account) ?? {},
    };
  }

  /** Of before the gateway was opened too. */
  #eventsOf({ m3terId, events }: GatewayAccount, watched: Watched): readonly Event[] {
    watched.told ??= [...this.#options.gateway.events(m3terId, 0, MOST_SHOWN)];
    const first = events[0]?.sequence ?? Number.POSITIVE_INFINITY;
    return [...watched.told.filter(({ sequence }) => sequence < first), ...events];
  }

  async #act(action: PageAction): Promise<string> {
    if (action.kind === 'speed' || action.kind === 'pause')
      throw new Failure('That can be done with simulated meters only');
    const account =
      this.#watched.has(action.m3terId) && this.#options.gateway.account(BigInt(action.m3terId));
    if (!account || this.#controls === undefined)
      throw new Failure(`M3ter ${action.m3terId} is not one of these`);
    return this.#controls.act(account, action);
  }

  #watch(m3terId: bigint): Watched {
    const known = this.#watched.get(`${m3terId}`);
    if (known !== undefined) return known;
    const watched = { heard: new HeardMeter(), stages: {}, row: undefined, told: undefined };
    this.#watched.set(`${m3terId}`, watched);
    const last = this.#options.gateway.account(m3terId)?.last;
    if (last !== undefined) watched.heard.takeReading(last);
    return watched;
  }

  #onChange(m3terId: bigint, what: AccountChange): void {
    const account = this.#options.gateway.account(m3terId);
    if (account === undefined) return;
    const isNew = !this.#watched.has(`${m3terId}`);
    const watched = this.#watch(m3terId);
    if (isNew) this.#hearAgain(m3terId);
    if (what === 'credit') this.#money.expire(m3terId);
    if (what === 'reading' && account.last !== undefined) watched.heard.takeReading(account.last);
    if (what === 'device') watched.told = undefined;
    watched.row = undefined;
    watched.stages = afterChange(watched.stages, what, account, Math.floor(this.#now()));
  }

  /** Nobody knows any more who is online, until the broker says so again. */
  #onBrokerLost(): void {
    for (const watched of this.#watched.values()) {
      watched.heard.lose();
      watched.row = undefined;
    }
  }

  /** What is retained of a meter came, and was dropped, before the gateway knew it: a new subscription brings it again. */
  #hearAgain(m3terId: bigint): void {
    const { client } = this.#options;
    const topics = this.#topics(`${m3terId}`);
    client.subscribe(topics, { qos: 1 }, error => {
      if (!error) client.unsubscribe(topics, () => {});
    });
  }

  #topics(m3terId: string): string[] {
    const streams = [...HEARD_STREAMS, ...(this.#controls === undefined ? [] : ORDER_STREAMS)];
    return streams.map(stream => `m3ter/${this.#options.chain.id}/${m3terId}/${stream}`);
  }

  #onMessage(topic: string, payload: Uint8Array, isRetained: boolean): void {
    const [, m3terId = '', stream] = TOPIC.exec(topic) ?? [];
    const watched = this.#watched.get(m3terId);
    if (watched === undefined) return;
    watched.row = undefined;
    const isKnown =
      stream === 'supply' || stream === 'tariff'
        ? this.#controls?.hear(stream, BigInt(m3terId), payload)
        : watched.heard.take(stream as HeardStream, payload, isRetained, this.#now());
    if (isKnown === false) this.#notify({ code: 'page-message-ignored', m3terId: BigInt(m3terId) });
  }
}
