import { encodePayloadV2 } from '../attest/m3tering-v2';
import { type AnswerV2, decodeAnswerV2 } from '../attest/m3tering-v2-answer';
import type { PayloadSigner } from '../attest/payload-signer';
import type { MilliwattHours } from '../energy';
import type { Clock, Crypto, Timer } from '../host';
import { Backoff } from './backoff';
import type { PayloadAccount } from './payload-account';

/** ms that an answer may take */
const PATIENCE = 30_000;
/** What payloads have room for, V */
const MOST_VOLTAGE = 6553.5;
const NO_ENERGY = 0 as MilliwattHours;

type Stage = 'resting' | 'signing' | 'asking' | 'delivering';

export interface ConsoleHandlers {
  /** Puts a payload on the wire; false when there is no session, or no room now. */
  publish(payload: Uint8Array): boolean;
  /** Of the first phase, V */
  voltage(): number;
  /** The Console wants the meter to supply, or not. It has not signed that. */
  onWord(isOn: boolean): void;
  /** The last payload that the Console has is neither the meter's last nor the one before. Told once. */
  onOutOfStep(lastNonce: number): void;
}

/** Where the meter is, degrees. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/**
 * Brings the energy to a M3tering Console (payload v2), each mWh once. A Console takes payload n + 1 behind n and nothing
 * else, drops what it does not take without a word, and signs nothing that it says.
 *
 * Every round begins with the question, nonce 0, what the last payload is that the Console has. Let n be the last that the
 * meter has made:
 *
 *     n        it is delivered, and n + 1 is made, kept on flash, and sent
 *     n − 1    n is sent, with the same energy and signature as ever
 *     else     out of step: nothing is sent, and the question is asked again
 *
 * Why no delay, loss, repetition or power cut makes it skip or repeat: what a Console has only grows, so "n" is true for ever
 * once it was true, however late it comes, and nothing but it leads beyond n. "n − 1" may be out of date, but then n is only
 * dropped. An answer of 9 bytes may be that of a payload taken before as well as "none": so with n above 1, by which the
 * Console did have n − 1, it proves nothing, nor does a number below n − 1. Such an answer counts, as out of step, only
 * where none that fits has come before the patience ends. That a payload was taken is thus never concluded from its own
 * answer but asked for in the next round; keeping the last payload is enough.
 */
export class ConsoleDialogue {
  readonly #clock: Clock;
  readonly #account: PayloadAccount;
  readonly #signer: Pick<PayloadSigner, 'sign'>;
  readonly #handlers: ConsoleHandlers;
  readonly #position: Position | undefined;
  readonly #backoff: Backoff;
  /** ms between rounds */
  #interval: number;
  /** When the next round begins, or the last one began; monotonic ms */
  #dueAt: number;
  #isOnline = false;
  #stage: Stage = 'resting';
  /** What ends the stage by itself. */
  #timer: Timer | undefined;
  /** What came to a question in place of an answer that fits. */
  #unfit: AnswerV2 | undefined;
  #isOutOfStep = false;

  /** @param interval s between payloads */
  constructor(
    ports: { readonly clock: Clock; readonly crypto: Pick<Crypto, 'random'> },
    account: PayloadAccount,
    signer: Pick<PayloadSigner, 'sign'>,
    handlers: ConsoleHandlers,
    { interval, position }: { readonly interval: number; readonly position?: Position | undefined },
  ) {
    this.#clock = ports.clock;
    this.#backoff = new Backoff(ports.crypto);
    this.#account = account;
    this.#signer = signer;
    this.#handlers = handlers;
    this.#position = position;
    this.#interval = interval * 1000;
    this.#dueAt = ports.clock.monotonic();
  }

  /** @param interval s between payloads, from now on */
  setInterval(interval: number): void {
    this.#interval = interval * 1000;
    const isTooLate = this.#dueAt - this.#clock.monotonic() > this.#interval;
    if (this.#stage === 'resting' && isTooLate) this.#rest(this.#interval);
  }

  /** The session is there, or is lost, and with it the round that was under way. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#rest(Math.max(0, this.#dueAt - this.#clock.monotonic()));
  }

  /** For good. */
  stop(): void {
    this.#isOnline = false;
    this.#enter('resting', undefined);
  }

  /** Takes what came on the topic of answers. What nobody waits for, or is no answer, is not heard. */
  take(bytes: Uint8Array): void {
    const stage = this.#stage;
    const decoded = stage === 'asking' || stage === 'delivering' ? decodeAnswerV2(bytes) : undefined;
    if (!decoded?.ok) return;
    const answer = decoded.value;
    if (stage === 'delivering') {
      this.#backoff.reset();
      this.#rest(this.#interval);
      this.#handlers.onWord(answer.isOn);
    } else if (this.#fits(answer)) this.#goOn(answer);
    else this.#unfit = answer;
  }

  #rest(milliseconds: number): void {
    this.#dueAt = this.#clock.monotonic() + milliseconds;
    const timer = this.#isOnline ? this.#clock.after(milliseconds, () => this.#ask()) : undefined;
    this.#enter('resting', timer);
  }

  #ask(): void {
    this.#unfit = undefined;
    // The key is in it, for a Console that meets the meter for the first time, or has forgotten it.
    this.#send('asking', 0, NO_ENERGY);
  }

  #send(stage: 'asking' | 'delivering', nonce: number, energy: MilliwattHours): void {
    const timer = this.#signer.sign(nonce, energy, ({ publicKey, ...signed }) => {
      const voltage = Math.min(this.#handlers.voltage(), MOST_VOLTAGE);
      const introduction = stage === 'asking' ? { publicKey, ...this.#position } : {};
      const payload = encodePayloadV2({ ...signed, voltage, ...introduction });
      if (!this.#handlers.publish(payload)) this.#rest(this.#backoff.next());
      else
        this.#enter(
          stage,
          this.#clock.after(PATIENCE, () => this.#giveUp()),
        );
    });
    this.#enter('signing', timer);
  }

  #fits({ lastNonce }: AnswerV2): boolean {
    const { nonce } = this.#account.last;
    const isSure = lastNonce !== undefined || nonce <= 1;
    return isSure && (lastNonce ?? 0) <= nonce && (lastNonce ?? 0) >= nonce - 1;
  }

  /** @param answer one that fits */
  #goOn({ isOn, lastNonce = 0 }: AnswerV2): void {
    const { last } = this.#account;
    const isDelivered = lastNonce === last.nonce;
    this.#isOutOfStep = false;
    if (isDelivered) this.#backoff.reset();
    const next = isDelivered ? this.#account.makeNext() : last;
    if (next === undefined) this.#rest(this.#interval);
    else this.#send('delivering', next.nonce, next.energy);
    this.#handlers.onWord(isOn);
  }

  /** Nobody has answered, or none that fits. */
  #giveUp(): void {
    const unfit = this.#stage === 'asking' ? this.#unfit : undefined;
    if (unfit === undefined) {
      this.#rest(this.#backoff.next());
      return;
    }
    this.#rest(this.#interval);
    if (!this.#isOutOfStep) this.#handlers.onOutOfStep(unfit.lastNonce ?? 0);
    this.#isOutOfStep = true;
    this.#handlers.onWord(unfit.isOn);
  }

  #enter(stage: Stage, timer: Timer | undefined): void {
    this.#timer?.cancel();
    this.#timer = timer;
    this.#stage = stage;
  }
}
