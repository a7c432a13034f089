import { createHash, timingSafeEqual } from 'node:crypto';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal } from '../../firmware/bytes';
import { failure, type Result, success } from '../../firmware/result';
import { type ClaimedMeter, checkLogin, claimedMeter, type LoginFault, METER_CLIENT } from './broker-login';
import { enrolmentTopics, type MeterTopics, meterTopics } from './meter-topics';
import type { TokenSlot } from './registered-meters';

/*
 * What RabbitMQ asks of its HTTP backend about its clients (rabbitmq_auth_backend_http). Nothing is remembered of a client
 * from one question to the next: each names the user and the client identifier that were let in.
 */

/** The last part of the path that is asked on. */
export const QUESTIONS = ['user', 'vhost', 'resource', 'topic'] as const;
export type Question = (typeof QUESTIONS)[number];

export interface BrokerAuthOptions {
  /** Of the registry whose meters are let in. */
  readonly domain: SigningDomain;
  /** The names that meters are told to connect to. */
  readonly names: readonly string[];
  /** Unix seconds */
  readonly now: () => number;
  /** RabbitMQ's virtual host that MQTT is in. */
  readonly vhost: string;
  /** Who may use every topic under `m3ter/`; absent: nobody. */
  readonly gateway?: { readonly user: string; readonly password: string };
  /** Meters that are let in whatever the registry has, as one whose slot holds the key of its payloads. */
  readonly meters: readonly ClaimedMeter[];
  /** What the registry has; undefined when it cannot be asked. */
  readonly slot: (m3terId: bigint) => Promise<TokenSlot | undefined>;
}

/**
 * Why somebody is refused; besides a login's own faults. `not-linked`: the M3ter is another device's, or its key no address.
 * `no-token`: there is no such M3ter. `chain-away`: a meter that is not known, while the registry cannot be asked.
 * `too-many-logins`: more than are checked in a second. `foreign`: not among what this client may use.
 */
export type Refusal =
  | LoginFault
  | 'wrong-password'
  | 'no-token'
  | 'chain-away'
  | 'too-many-logins'
  | 'foreign';

/** Signatures checked in a second, each a millisecond at most for each of the broker's names. */
const LOGINS_A_SECOND = 200;

const EXCHANGE = 'amq.topic';

/** The decisions about who may do what at a broker: meters at their M3ter's topics, the gateway at all of them. */
export class BrokerAuth {
  readonly #options: BrokerAuthOptions;
  #second = 0;
  #logins = 0;

  constructor(options: BrokerAuthOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async decide(question: Question, form: URLSearchParams): Promise<Result<void, Refusal>> {
    const asked = readForm(form);
    if (asked.vhost !== this.#options.vhost) return failure('foreign');
    if (question === 'user') return this.#logIn(asked);
    const client = this.#client(asked);
    if (client === undefined) return failure('malformed');
    if (question === 'vhost') return success(undefined);
    if (question === 'resource') return mayUseResource(asked);
    return client === 'gateway' ? mayBridge(asked) : this.#mayUseTopic(client, asked);
  }

  async #logIn(asked: Asked): Promise<Result<void, Refusal>> {
    const { gateway, domain, names, now } = this.#options;
    const client = this.#client(asked);
    if (client === undefined) return failure('malformed');
    if (client === 'gateway')
      return isSame(asked.password, gateway?.password ?? '') ? success(undefined) : failure('wrong-password');
    if (!this.#mayCheck()) return failure('too-many-logins');
    const login = checkLogin(asked, { domain, names, now, isLinked: () => true });
    if (!login.ok) return login;
    const topics = await this.#topics(client);
    return topics.ok ? success(undefined) : topics;
  }

  async #mayUseTopic(meter: ClaimedMeter, asked: Asked): Promise<Result<void, Refusal>> {
    const topics = await this.#topics(meter);
    if (!topics.ok) return topics;
    const ways = { write: topics.value.writes, read: topics.value.reads };
    const own = asked.permission === 'write' || asked.permission === 'read' ? ways[asked.permission] : [];
    const isOwn = asked.name === EXCHANGE && own.some(topic => routingKey(topic) === asked.routingKey);
    return isOwn ? success(undefined) : failure('foreign');
  }

  /** Those of a device that is this M3ter's, or asks to be. */
  async #topics({ m3terId, device }: ClaimedMeter): Promise<Result<MeterTopics, Refusal>> {
    const { meters, slot: readSlot, domain } = this.#options;
    const isKnown = meters.some(known => known.m3terId === m3terId && equal(known.device, device));
    const slot = isKnown ? { device } : await readSlot(m3terId);
    if (slot === undefined) return failure('chain-away');
    if (slot === 'no-token') return failure('no-token');
    if (slot === 'none') return success(enrolmentTopics(domain.chainId, m3terId));
    if (slot === 'no-address' || !equal(slot.device, device)) return failure('not-linked');
    return success(meterTopics(domain.chainId, m3terId));
  }

  /** Whose name this is; undefined when it can be nobody's. Only a meter calls itself one. */
  #client(asked: Asked): 'gateway' | ClaimedMeter | undefined {
    const { gateway, domain } = this.#options;
    if (asked.clientId.startsWith(METER_CLIENT)) return claimedMeter(domain.crypto, asked);
    return gateway !== undefined && asked.username === gateway.user ? 'gateway' : undefined;
  }

  #mayCheck(): boolean {
    const second = Math.floor(this.#options.now());
    if (second !== this.#second) this.#logins = 0;
    this.#second = second;
    this.#logins++;
    return this.#logins <= LOGINS_A_SECOND;
  }
}

interface Asked {
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  readonly vhost: string;
  /** Of a resource, or of a topic's exchange */
  readonly resource: string;
  readonly name: string;
  readonly permission: string;
  readonly routingKey: string;
}

function readForm(form: URLSearchParams): Asked {
  const field = (name: string) => form.get(name) ?? '';
  return {
    username: field('username'),
    password: field('password'),
    // RabbitMQ has another name for it where a topic's permission may be a pattern with it
    clientId: field('client_id') || field('variable_map.client_id'),
    vhost: field('vhost'),
    resource: field('resource'),
    name: field('name'),
    permission: field('permission'),
    routingKey: field('routing_key'),
  };
}

/** The exchange that MQTT goes through, of which topics are asked about one by one, and the queues of the client's own. */
function mayUseResource({ resource, name, permission, clientId }: Asked): Result<void, Refusal> {
  const isExchange = resource === 'exchange' && name === EXCHANGE && permission !== 'configure';
  const isQueue =
    resource === 'queue' && ['qos0', 'qos1'].some(qos => name === `mqtt-subscription-${clientId}${qos}`);
  return isExchange || isQueue ? success(undefined) : failure('foreign');
}

/** Wildcards too, as long as they are under `m3ter/`. */
function mayBridge({ name, routingKey }: Asked): Result<void, Refusal> {
  return name === EXCHANGE && routingKey.startsWith('m3ter.') ? success(undefined) : failure('foreign');
}

/** As RabbitMQ has a topic of MQTT. Ours have no points, of which it could be told whether they were strokes. */
function routingKey(topic: string): string {
  return topic.replaceAll('/', '.');
}

/** In a time that tells nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map(text => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(first, second);
}
