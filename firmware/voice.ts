import { Agenda } from './attest/agenda';
import { type KeyFault, type SigningKey, signingKey } from './attest/device-key';
import type { EventName } from './attest/event';
import {
  Correspondence,
  type CorrespondenceFault,
  type CorrespondenceHandlers,
  type CorrespondenceHost,
  type CorrespondenceOptions,
} from './correspondence';
import type { Timer } from './host';
import type { Ledger } from './ledger/ledger';
import type { Result } from './result';

export type VoiceFault = KeyFault | CorrespondenceFault;

export interface VoiceHandlers extends CorrespondenceHandlers {
  /** The correspondence is open, or `fault` says why not; a meter without a name has none. */
  onOpened(): void;
}

/** What speaks for a meter: its key, what waits to be stated and, while it has a name, its correspondence. */
export class Voice {
  readonly #host: CorrespondenceHost;
  readonly #options: CorrespondenceOptions;
  readonly #ledger: Ledger | undefined;
  readonly #handlers: VoiceHandlers;
  readonly #agenda: Agenda;
  #key: Result<SigningKey, KeyFault> | undefined;
  #correspondence: Correspondence | undefined;
  #fault: VoiceFault | undefined;
  #opening: Timer | undefined;

  /** @param ledger undefined when it could not be restored: then nothing is stated */
  constructor(
    host: CorrespondenceHost,
    options: CorrespondenceOptions,
    ledger: Ledger | undefined,
    handlers: VoiceHandlers,
  ) {
    this.#host = host;
    this.#options = options;
    this.#ledger = ledger;
    this.#handlers = handlers;
    this.#agenda = new Agenda(host.clock, () => this.#correspondence?.workSoon());
  }

  /** Signing takes long: proved when it is needed first. */
  get key(): Result<SigningKey, KeyFault> {
    this.#key ??= signingKey(this.#host.crypto, this.#host.secrets.seed());
    return this.#key;
  }

  /** Undefined until it is open. */
  get correspondence(): Correspondence | undefined {
    return this.#correspondence;
  }

  /** Why the correspondence was not opened. */
  get fault(): VoiceFault | undefined {
    return this.#fault;
  }

  /** Takes what happens now. One without a name has nobody to tell. */
  note(name: EventName, detail: Uint8Array): void {
    if (this.#isNamed) this.#agenda.note(name, detail);
  }

  /** The same, for one of perhaps a great many. */
  noteOneOfMany(name: EventName, detail: Uint8Array): void {
    if (this.#isNamed) this.#agenda.noteOneOfMany(name, detail);
  }

  requestReading(): void {
    if (this.#isNamed) this.#agenda.requestReading();
  }

  /**
   * Proves the key and opens the correspondence in a turn of its own, once the supply is decided: with a full log that
   * takes a board a second, for which nobody need sit in the dark. A fault that is found opens the relay again. Nothing
   * is stated before, and what is supplied meanwhile is counted: a ledger that is behind its log gives away that second.
   */
  openSoon(): void {
    if (this.#correspondence !== undefined || this.#fault !== undefined) return;
    this.#opening ??= this.#host.clock.after(0, () => {
      this.#opening = undefined;
      const opened = this.#open();
      if (opened?.ok) this.#correspondence = opened.value;
      else this.#fault = opened?.fault;
      this.#correspondence?.start();
      this.#handlers.onOpened();
    });
  }

  /** Takes leave of the broker. */
  stop(): void {
    this.#opening?.cancel();
    this.#correspondence?.stop();
  }

  /** Without a name there is nobody to talk to, and nothing to state. */
  forget(): void {
    this.#agenda.clear();
    this.#correspondence?.stop();
    this.#correspondence = undefined;
  }

  get #isNamed(): boolean {
    return this.#ledger?.settings.link !== undefined;
  }

  /** Undefined for a meter that has no name, or no ledger. */
  #open(): Result<Correspondence, VoiceFault> | undefined {
    const { key } = this;
    const ledger = this.#ledger;
    if (ledger === undefined) return undefined;
    if (!key.ok) return key;
    const { link } = ledger.settings;
    if (link === undefined) return undefined;
    const stated = { ledger, agenda: this.#agenda, link, key: key.value };
    return Correspondence.open(this.#host, this.#options, this.#handlers, stated);
  }
}
