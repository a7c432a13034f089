import type { SigningKey } from '../../firmware/attest/device-key';
import { entryEnvelope, signEntry } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { milliwattHours } from '../../firmware/energy';
import type { Registers } from '../../firmware/ledger/state';

/** s */
const START = 1_800_000_000;
const INTERVAL = 900;

/** What a meter has made, in the firmware's own form, and what it was told. */
export class StreetMeter {
  readonly m3terId: bigint;
  readonly device: SigningKey;
  /** Says each reading once and in order: that none gets lost is up to broker and gateway. Others say it until it is acknowledged. */
  readonly isTerse: boolean;
  /** As they are on the wire; that of sequence 1 first. */
  readonly made: Uint8Array[] = [];
  /** The highest that it heard. */
  acknowledged = 0;
  /** mWh, the highest that it heard. */
  credited = 0;
  /** mWh that were paid for. */
  paid = 0;
  /** mWh */
  imported = 0;
  readonly #domain: SigningDomain;
  #previous: Uint8Array = new Uint8Array(32);

  constructor(domain: SigningDomain, m3terId: bigint, device: SigningKey, isTerse: boolean) {
    this.#domain = domain;
    this.m3terId = m3terId;
    this.device = device;
    this.isTerse = isTerse;
  }

  /** The next reading, which is now one that must never be lost. @param energy mWh that were used since the last */
  make(energy: number): Uint8Array {
    this.imported += energy;
    const { envelope, digest } = this.#sign(this.made.length + 1, this.imported, this.device);
    this.#previous = digest;
    this.made.push(envelope);
    return envelope;
  }

  /** What its device did not sign, in the place of the next. */
  forge(thief: SigningKey): Uint8Array {
    return this.#sign(this.made.length + 1, this.imported + 1, thief).envelope;
  }

  /** Another reading of a number that was used, signed by the device itself, as one that lost its memory would. */
  fork(sequence: number): Uint8Array {
    return this.#sign(sequence, this.imported + 1, this.device).envelope;
  }

  #sign(sequence: number, energy: number, signer: SigningKey) {
    const place = { m3terId: this.m3terId, sequence, previous: this.#previous };
    const content = {
      timestamp: START + INTERVAL * sequence,
      registers: registersOf(energy, this.credited),
      status: 1,
      telemetry: new Uint8Array(),
    };
    const { body, digest } = signEntry(readingCodec, this.#domain, signer, place, content);
    return { envelope: entryEnvelope(readingCodec, this.#domain.crypto, place, body) as Uint8Array, digest };
  }
}

function registersOf(imported: number, credited: number): Registers {
  const nothing = milliwattHours(0);
  const used = milliwattHours(imported);
  return {
    imported: used,
    exported: nothing,
    debited: used,
    credited: milliwattHours(credited),
    withdrawn: nothing,
    feedIn: nothing,
  };
}
