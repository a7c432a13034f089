import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '../../firmware/host';
import { LINK_FILE, parseLinkDocument } from '../../hosts/link-document';
import type { MeterSurface } from '../../hosts/xs/xs-meter';
import { Failure } from '../errors';
import { readTextFile } from './files';

/** Waits for a link document to be put into a meter's state directory, and shows it to the meter. */
export class LinkWatch {
  readonly #crypto: Crypto;
  readonly #meter: MeterSurface;
  readonly #path: string;
  readonly #onFault: (message: string) => void;
  #shown: string | undefined;
  #fault: string | undefined;

  /** @param onFault one line on what is wrong with a document: once, however often it is looked at */
  constructor(crypto: Crypto, meter: MeterSurface, directory: string, onFault: (message: string) => void) {
    this.#crypto = crypto;
    this.#meter = meter;
    this.#path = join(directory, LINK_FILE);
    this.#onFault = onFault;
  }

  /** To be called now and then: a document is shown once, and again when it has changed. */
  look(): void {
    try {
      const text = existsSync(this.#path) ? readTextFile('link document', this.#path) : undefined;
      if (text !== undefined && text !== this.#shown) this.#show(text);
      this.#shown = text;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.message !== this.#fault) this.#onFault(error.message);
      this.#fault = error.message;
    }
  }

  #show(text: string): void {
    this.#shown = text;
    const offer = parseLinkDocument(this.#crypto, text);
    if (!offer.ok) throw new Failure(`${this.#path}: ${offer.fault}`);
    const linked = this.#meter.link(offer.value);
    if (!linked.ok)
      throw new Failure(`${this.#path}: expected a link that the meter takes, got ${linked.fault}`);
  }
}
