import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING, TARIFF } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import { idOf, PUBACK, PUBLISH, readPublication, typeOf } from './packets';
import type { WireWatch } from './storm-connection';
import type { ToldTariff } from './tariff-belief';

const QOS_1 = 0x02;

export interface WitnessHandlers {
  /** The meter may have taken it, if it obeys the signer. @param signer undefined: nobody */
  onTariffReached(tariff: ToldTariff, signer: Uint8Array | undefined): void;
  /** The meter has taken it, or knew it, if it obeys the signer. */
  onTariffConfirmed(tariff: ToldTariff, signer: Uint8Array | undefined): void;
  /** The same number, and another reading. */
  onFork(sequence: number): void;
}

/** Stands at the meter's end of the wire and remembers what it said. */
export class WireWitness implements WireWatch {
  /** The most messages that were under way at a time */
  mostInFlight = 0;
  /** Readings that the meter sent, repetitions included */
  readingsSent = 0;
  readonly #domain: SigningDomain;
  readonly #handlers: WitnessHandlers;
  /** By sequence, each reading as it was sent first. */
  readonly #readings = new Map<number, string>();
  readonly #tariffs = new Map<number, readonly [ToldTariff, Uint8Array | undefined]>();
  readonly #inFlight = new Set<number>();

  constructor(domain: SigningDomain, handlers: WitnessHandlers) {
    this.#domain = domain;
    this.#handlers = handlers;
  }

  opened(): void {
    this.#inFlight.clear();
    this.#tariffs.clear();
  }

  sent(packet: Uint8Array): void {
    if (typeOf(packet) === PUBACK) this.#onAnswer(idOf(packet));
    // a CONNECT of MQTT 5 is refused before anything is published
    if (typeOf(packet) !== PUBLISH || ((packet[0] as number) & QOS_1) === 0) return;
    const { stream, payload, id } = readPublication(packet);
    if (id !== undefined) this.#inFlight.add(id);
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size);
    if (stream === 'reading') this.#onReading(payload);
  }

  received(packet: Uint8Array): void {
    if (typeOf(packet) === PUBACK) this.#inFlight.delete(idOf(packet));
    if (typeOf(packet) !== PUBLISH) return;
    const { stream, payload, id } = readPublication(packet);
    const tariff = stream === 'tariff' ? decodeEnvelope(TARIFF, payload) : undefined;
    if (!tariff?.ok) return;
    const { message, signature } = tariff.value;
    const signer = this.#domain.signer(TARIFF, message, signature);
    if (id !== undefined) this.#tariffs.set(id, [message, signer]);
    this.#handlers.onTariffReached(message, signer);
  }

  #onAnswer(id: number): void {
    const tariff = this.#tariffs.get(id);
    this.#tariffs.delete(id);
    if (tariff !== undefined) this.#handlers.onTariffConfirmed(...tariff);
  }

  #onReading(payload: Uint8Array): void {
    const reading = decodeEnvelope(READING, payload);
    if (!reading.ok) return;
    const { sequence } = reading.value.message;
    const bytes = toHex(payload);
    this.readingsSent++;
    if (bytes !== (this.#readings.get(sequence) ?? bytes)) this.#handlers.onFork(sequence);
    this.#readings.set(sequence, bytes);
  }
}
