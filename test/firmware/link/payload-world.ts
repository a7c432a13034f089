import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { payloadV2Message } from '../../../firmware/attest/m3tering-v2';
import type { SignedPayload } from '../../../firmware/attest/payload-signer';
import { milliwattHours } from '../../../firmware/energy';
import type { Clock } from '../../../firmware/host';
import { Ledger } from '../../../firmware/ledger/ledger';
import { ConsoleDialogue } from '../../../firmware/link/console-dialogue';
import { PayloadAccount } from '../../../firmware/link/payload-account';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash, PowerLost } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { ConsoleModel } from '../../support/console-model';
import { REGISTRY } from '../../support/messages';

/** s */
export const INTERVAL = 60;
export const LINK = { chainId: 100, registry: REGISTRY, m3terId: 7n };
const NONE = milliwattHours(0);
/** µs */
const WINDOW = 200_000;
const PRIVATE_KEY = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${'07'.repeat(32)}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});
const PUBLIC_KEY = new Uint8Array(
  createPublicKey(PRIVATE_KEY).export({ format: 'der', type: 'spki' }).subarray(-32),
);

/** What becomes of a message: ms after which each copy of it arrives. None: it is lost. */
export type Fate = readonly number[];

const AT_ONCE: Fate = [1];

/**
 * A ledger that counts, the dialogue about it, and a Console, with wires between that do to each message what they are told
 * to. Power goes at any write or erase of flash and comes back.
 */
export class PayloadWorld {
  readonly clock = new VirtualClock();
  readonly console = new ConsoleModel();
  readonly flash: EmulatedFlash;
  /** All that the meter sent. */
  readonly sent: Uint8Array[] = [];
  readonly words: boolean[] = [];
  readonly outOfStep: number[] = [];
  /** Of the next payload, and of the next answer; absent: they arrive at once. */
  fateOfPayload: () => Fate = () => AT_ONCE;
  fateOfAnswer: () => Fate = () => AT_ONCE;
  /** ms for which the Console handles a payload; it drops what comes meanwhile. */
  handling = 0;
  boots = 0;
  #busyUntil = 0;
  #ledger: Ledger | undefined;
  #account: PayloadAccount | undefined;
  #dialogue: ConsoleDialogue | undefined;

  constructor(seed: number | string = 1) {
    this.flash = new EmulatedFlash({ size: 8 * 4096, prng: new Prng(seed) });
    this.boot();
  }

  get ledger(): Ledger {
    if (this.#ledger === undefined) throw new Error('ledger: expected the power to be on');
    return this.#ledger;
  }

  get account(): PayloadAccount {
    if (this.#account === undefined) throw new Error('account: expected the power to be on');
    return this.#account;
  }

  get dialogue(): ConsoleDialogue {
    if (this.#dialogue === undefined) throw new Error('dialogue: expected the power to be on');
    return this.#dialogue;
  }

  /** A restart: without a farewell, and with fresh objects. */
  boot(cutAt?: number): void {
    this.boots++;
    this.flash.power.reboot();
    if (cutAt !== undefined) this.flash.power.cutAt(cutAt);
    this.guarded(() => {
      const ledger = Ledger.open(this.flash);
      if (!ledger.ok) throw new Error(ledger.fault);
      const account = PayloadAccount.open(ledger.value, LINK);
      if (account === undefined) throw new Error('account: expected one');
      const clock = this.#clockOfThisLife();
      const random = new Prng(`backoff ${this.boots}`);
      const dialogue = new ConsoleDialogue(
        { clock, crypto: { random: length => random.bytes(length) } },
        account,
        { sign: (nonce, energy, onSigned) => clock.after(0, () => onSigned(signed(nonce, energy))) },
        {
          publish: payload => this.#carry(payload),
          voltage: () => 230,
          onWord: isOn => void this.words.push(isOn),
          onOutOfStep: last => void this.outOfStep.push(last),
        },
        { interval: INTERVAL },
      );
      this.#ledger = ledger.value;
      this.#account = account;
      this.#dialogue = dialogue;
      dialogue.setOnline(true);
    });
  }

  /** Time goes by, and what happens in it; the power comes back at once where it fails. */
  pass(milliseconds: number): void {
    const end = this.clock.monotonic() + milliseconds;
    while (this.clock.monotonic() < end) this.guarded(() => this.clock.runUntil(end));
  }

  /** mWh in a window */
  draw(energy: number): void {
    this.guarded(() => this.ledger.consume(milliwattHours(energy), NONE, WINDOW));
  }

  /** The account as the meter would find it in this name. */
  reopen(name: Partial<typeof LINK>): PayloadAccount | undefined {
    return PayloadAccount.open(this.ledger, { ...LINK, ...name });
  }

  guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.boot();
    }
  }

  /** What comes on the topic of answers. */
  answer(bytes: Uint8Array): void {
    this.guarded(() => this.dialogue.take(bytes));
  }

  /** Nonce and energy of all that was sent, in hex. */
  get stated(): readonly (readonly [nonce: number, message: string])[] {
    return this.sent.map(payload => {
      const bytes = Buffer.from(payload);
      return [bytes.readUInt32BE(0), bytes.toString('hex', 0, 72)];
    });
  }

  /** Timers of a meter that has lost its power do not fire. */
  #clockOfThisLife(): Clock {
    const { clock, boots } = this;
    return {
      monotonic: () => clock.monotonic(),
      now: () => clock.now(),
      after: (milliseconds, callback) => clock.after(milliseconds, () => boots === this.boots && callback()),
    };
  }

  #carry(payload: Uint8Array): boolean {
    this.sent.push(payload);
    for (const delay of this.fateOfPayload()) this.clock.after(delay, () => this.#reach(payload));
    return true;
  }

  #reach(payload: Uint8Array): void {
    const time = this.clock.monotonic();
    if (time < this.#busyUntil) return;
    this.#busyUntil = time + this.handling;
    const answer = this.console.receive(payload);
    if (answer === undefined) return;
    for (const delay of this.fateOfAnswer())
      this.clock.after(this.handling + delay, () => this.answer(answer));
  }
}

function signed(nonce: number, energy: number): SignedPayload {
  const whole = milliwattHours(energy);
  const signature = new Uint8Array(sign(null, payloadV2Message(nonce, whole), PRIVATE_KEY));
  return { nonce, energy: whole, signature, publicKey: PUBLIC_KEY };
}
