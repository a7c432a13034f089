import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import { LINK_FILE } from '../../hosts/link-document';
import { keepSettings } from '../../hosts/node/settings';
import { type Provisioning, parseProvisioning } from '../../hosts/provisioning';
import type { MeterSurface } from '../../hosts/xs/xs-meter';
import { Failure } from '../errors';
import { readTextFile } from './files';

/** The name, in the state directory of a meter, of a signed reset in hex. */
export const RESET_FILE = 'reset.hex';

export interface LinkWatchHandlers {
  /** That of now. */
  meter(): MeterSurface;
  /** The meter has taken it, and its settings are kept. */
  onTaken(document: Provisioning): void;
  /** One line on what is wrong with a document: once, however often it is looked at. */
  onFault(message: string): void;
}

/** Waits for a provisioning document, or a reset, to be put into a meter's state directory, and shows it to the meter. */
export class LinkWatch {
  readonly #crypto: Crypto;
  readonly #directory: string;
  readonly #handlers: LinkWatchHandlers;
  readonly #shown = new Map<string, string | undefined>();
  readonly #faults = new Map<string, string>();

  constructor(crypto: Crypto, directory: string, handlers: LinkWatchHandlers) {
    this.#crypto = crypto;
    this.#directory = directory;
    this.#handlers = handlers;
  }

  /** To be called now and then: a document is shown once, and again when it has changed. */
  look(): void {
    this.#lookAt(RESET_FILE, (text, path) => this.#reset(text, path));
    this.#lookAt(LINK_FILE, (text, path) => this.#link(text, path));
  }

  #lookAt(name: string, show: (text: string, path: string) => void): void {
    const path = join(this.#directory, name);
    try {
      const text = existsSync(path) ? readTextFile('document', path) : undefined;
      const isNew = text !== this.#shown.get(name);
      this.#shown.set(name, text);
      if (text !== undefined && isNew) show(text, path);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.message !== this.#faults.get(name)) this.#handlers.onFault(error.message);
      this.#faults.set(name, error.message);
    }
  }

  /** The link first: where the power fails before the rest, the same document is taken again. */
  #link(text: string, path: string): void {
    const document = parseProvisioning(this.#crypto, text);
    if (!document.ok) throw new Failure(`${path}: ${document.fault}`);
    const linked = this.#handlers.meter().link(document.value.offer);
    if (!linked.ok) throw new Failure(`${path}: expected a link that the meter takes, got ${linked.fault}`);
    const { broker, location } = document.value;
    if ((broker ?? location) !== undefined) keepSettings(this.#directory, document.value);
    this.#handlers.onTaken(document.value);
  }

  /** One that lies there still after it was done is none of anyone's faults. */
  #reset(text: string, path: string): void {
    const payload = fromHex(text.trim());
    if (payload === undefined)
      throw new Failure(`${path}: expected a signed reset in hex, got something else`);
    const reset = this.#handlers.meter().reset(payload);
    if (!reset.ok && reset.fault !== 'stale' && reset.fault !== 'unlinked')
      throw new Failure(`${path}: expected a reset that the meter takes, got ${reset.fault}`);
  }
}
