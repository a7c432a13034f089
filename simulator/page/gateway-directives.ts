import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal } from '../../firmware/bytes';
import { DIRECTIVES, type DirectiveMessage } from '../../firmware/directives/directive';
import { signDirective } from '../directive';
import { Failure } from '../errors';
import type { Gateway } from '../gateway/gateway';
import type { GatewayAccount, GivenKind } from '../gateway/gateway-account';
import type { Notify } from '../gateway/notice';
import { type GivenDirective, LAST_VERSION, MeterAnswers } from './meter-answers';
import type { PendingView } from './page-state';

export interface GatewayDirectivesOptions {
  readonly gateway: Pick<Gateway, 'noteSigned' | 'events'>;
  readonly client: MqttClient;
  readonly domain: SigningDomain;
  /** The operator's. */
  readonly key: SigningKey;
  readonly notify: Notify;
  /** Unix seconds */
  readonly now: () => number;
}

type Message<Kind extends GivenKind> = DirectiveMessage<Kind> & { readonly m3terId: bigint };

/** What is known of one meter. */
interface Known<Kind extends GivenKind> {
  /** The last that we have signed, as far as it is remembered here or by the broker. */
  signed: Message<Kind> | undefined;
  /** The same, if it was given here. */
  given: GivenDirective | undefined;
  /** Of this device. */
  answers: MeterAnswers;
  device: Uint8Array | undefined;
}

/** ms that a broker may take to say that it has a directive */
const PATIENCE = 10_000;
/** Of a meter's events the last, among which its answers are looked for */
const MOST_EVENTS = 1000;

/** Directives of one kind, in the operator's name: their versions, who has them, and who has taken them. */
export class GatewayDirectives<Kind extends GivenKind> {
  readonly #kind: Kind;
  readonly #options: GatewayDirectivesOptions;
  readonly #known = new Map<bigint, Known<Kind>>();

  constructor(kind: Kind, options: GatewayDirectivesOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** Takes what the broker has of them; false when it is none of ours. What we know already is passed over. */
  hear(m3terId: bigint, payload: Uint8Array): boolean {
    const type: (typeof DIRECTIVES)[Kind]['type'] = DIRECTIVES[this.#kind].type;
    const decoded = decodeEnvelope(type, payload);
    if (!decoded.ok || decoded.value.message.m3terId !== m3terId) return false;
    const message = decoded.value.message as Message<Kind>;
    const known = this.#of(m3terId);
    if (message.version <= (known.signed?.version ?? 0)) return true;
    const { domain, key } = this.#options;
    const signer = domain.signer(type, decoded.value.message, decoded.value.signature);
    if (signer === undefined || !equal(signer, key.address)) return false;
    known.signed = message;
    return true;
  }

  /** The last of ours; `another`: the meter has taken a newer one, as of its owner; undefined: none is known. */
  standing(account: GatewayAccount): Message<Kind> | 'another' | undefined {
    const { signed, answers } = this.#look(account);
    return answers.taken(this.#kind) > (signed?.version ?? 0) ? 'another' : signed;
  }

  /** Undefined where nothing that was given by this gateway waits for the meter. */
  pending(account: GatewayAccount): PendingView | undefined {
    const { signed, given, answers } = this.#look(account);
    if (signed === undefined) return undefined;
    if (given?.version === signed.version) return answers.pending(this.#kind, given);
    const isOurs = account.signed[this.#kind] === signed.version;
    return isOurs && answers.taken(this.#kind) < signed.version ? {} : undefined;
  }

  /**
   * Signs the next one. Its version is on the disk before it is told.
   * @param message for a version @param text of what it says, for the log
   * @throws Failure when it cannot be told now
   */
  async give(
    account: GatewayAccount,
    message: (version: number) => Message<Kind>,
    text: string,
  ): Promise<void> {
    const { m3terId } = account;
    const { gateway, client, domain, key, notify, now } = this.#options;
    if (!client.connected) throw new Failure('The broker is away: nothing was ordered');
    const known = this.#look(account);
    const version = this.#nextVersion(account, known);
    // before anything is waited for: whoever orders next goes on from this one
    known.signed = message(version);
    known.given = { version, at: Math.floor(now()), after: lastEvent(account, known.answers) };
    await gateway.noteSigned(m3terId, this.#kind, version);
    const { topic, payload } = signDirective(domain, key, this.#kind, known.signed);
    notify({ code: 'order-given', m3terId, detail: `${text}, version ${version}` });
    const told = client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
    await inTime(told, 'the broker to confirm the order, which it gets when it is back');
  }

  /** Above any that we, or somebody else whom the meter has obeyed, ever gave; Unix time where that is. */
  #nextVersion(account: GatewayAccount, { signed, answers }: Known<Kind>): number {
    const taken = answers.taken(this.#kind);
    const highest = Math.max(signed?.version ?? 0, account.signed[this.#kind], taken);
    if (highest >= LAST_VERSION) throw new Failure('There is no version left for another order');
    return Math.max(highest + 1, Math.floor(this.#options.now()));
  }

  /** What is known, with what the meter has told by now. */
  #look({ m3terId, device }: GatewayAccount): Known<Kind> {
    const known = this.#of(m3terId);
    if (device !== known.device) {
      // another has taken nothing yet
      known.device = device;
      known.answers = new MeterAnswers();
    }
    known.answers.read(this.#options.gateway.events(m3terId, known.answers.through, MOST_EVENTS));
    return known;
  }

  #of(m3terId: bigint): Known<Kind> {
    const known = this.#known.get(m3terId);
    if (known !== undefined) return known;
    const nothing = {
      signed: undefined,
      given: undefined,
      answers: new MeterAnswers(),
      device: undefined,
    };
    this.#known.set(m3terId, nothing);
    return nothing;
  }
}

/** Its sequence, though it may not be on the disk yet; 0: there is none. */
function lastEvent(account: GatewayAccount, { through }: MeterAnswers): number {
  return Math.max(through, account.events.at(-1)?.sequence ?? 0);
}

/** @throws Failure that says what was awaited when it takes too long, and what it rejects with */
async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  const end = new AbortController();
  const late = sleep(PATIENCE, undefined, { signal: end.signal }).then(
    () => Promise.reject(new Failure(`Waited ${PATIENCE / 1000} s for ${what}`)),
    () => undefined,
  );
  try {
    await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
