import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT_CODES } from '../../firmware/attest/event';
import { ACKNOWLEDGEMENT, CREDIT, EVENT, READING, type Reading } from '../../firmware/attest/signed-types';
import { equal, fromHex, toHex } from '../../firmware/bytes';
import { MAX_ENERGY, milliwattHours } from '../../firmware/energy';
import type { ReadingProblem } from '../reading-verifier';
import type { DeviceState } from './device-state';
import type { GatewayBook } from './gateway-book';
import { eventPut, type Put, readingPut, refusedPut } from './gateway-store';
import type { LinkDesk } from './link-desk';
import type { MeterState } from './meter-state';
import type { Delivery } from './mqtt-inbox';
import type { RetainedPublisher } from './retained-publisher';
import { withdrawnBySuccessor } from './succession';

const TOPIC = /^m3ter\/\d+\/(0|[1-9]\d{0,77})\/(link|reading|event|credit|acknowledged)$/;
/** Refused readings of a meter that are known again. */
const MOST_REFUSED = 64;

type ReadingEnvelope = Parameters<NonNullable<MeterState['verifier']>['judge']>[0];

export interface MessageDeskParts {
  readonly book: GatewayBook;
  readonly links: LinkDesk;
  readonly publisher: RetainedPublisher;
  /** 20 bytes: whose directives are our own. */
  readonly ownAddress: Uint8Array;
  /** Something that must not fail has: the store, or a client that has ended. */
  readonly onFailure: (error: unknown) => void;
}

/** Judges what comes from the broker; what is right is stored, then answered. */
export class MessageDesk {
  readonly #book: GatewayBook;
  readonly #links: LinkDesk;
  readonly #publisher: RetainedPublisher;
  readonly #ownAddress: Uint8Array;
  readonly #onFailure: (error: unknown) => void;
  /** By meter, what was acknowledged in our name before this store was begun. */
  readonly #acknowledgedBefore = new Map<bigint, number>();

  constructor({ book, links, publisher, ownAddress, onFailure }: MessageDeskParts) {
    this.#book = book;
    this.#links = links;
    this.#publisher = publisher;
    this.#ownAddress = ownAddress;
    this.#onFailure = onFailure;
    links.onKnown = (meter, held) => {
      this.acknowledge(meter);
      for (const message of held) this.#book.track(this.#onMeter(meter, message), this.#onFailure);
    };
  }

  /** Resolves when the message needs no sending again; rejects when the store fails. */
  async take({ topic, payload, isAgain }: Delivery): Promise<void> {
    const [, digits, stream] = TOPIC.exec(topic) ?? [];
    const m3terId = BigInt(digits ?? 0);
    if (stream === undefined || m3terId >= 1n << 256n) return;
    if (stream === 'credit') return this.#onCredit(m3terId, payload);
    if (stream === 'acknowledged') return this.#onAcknowledged(m3terId, payload);
    if (stream === 'link') return this.#links.onLink(m3terId, payload);
    const meter = this.#book.meters.get(m3terId);
    const message = { stream, payload, isAgain };
    if (meter?.state === undefined) return this.#links.hold(m3terId, message);
    return this.#onMeter(meter, message);
  }

  /** Tells the meter up to where all is kept. */
  acknowledge(meter: MeterState, since?: number): void {
    const { m3terId } = meter;
    if (meter.state === undefined) return;
    const message = () => ({ m3terId, sequence: meter.state?.durable ?? 0 });
    const told = this.#publisher.publish('acknowledged', m3terId, message).then(() => {
      this.#book.onChange(m3terId, 'acknowledged');
      if (since !== undefined)
        this.#book.notify({
          code: 'reading-acknowledged',
          m3terId,
          seconds: (performance.now() - since) / 1000,
        });
    });
    this.#book.track(told, this.#onFailure);
  }

  /** Tells the meter what was bought for it. Resolves when the broker has it. */
  credit(meter: MeterState): Promise<void> {
    const { m3terId } = meter;
    return this.#publisher.publish('credit', m3terId, () => ({
      m3terId,
      credited: meter.durable.credited,
      withdrawn: meter.durable.withdrawn,
    }));
  }

  #onMeter(meter: MeterState, { stream, payload, isAgain }: Omit<Delivery, 'topic'> & { stream: string }) {
    return stream === 'reading' ? this.#onReading(meter, payload, isAgain) : this.#onEvent(meter, payload);
  }

  async #onReading(meter: MeterState, payload: Uint8Array, isAgain: boolean): Promise<void> {
    const since = performance.now();
    const { m3terId } = meter;
    const device = meter.state as DeviceState;
    const decoded = decodeEnvelope(READING, payload);
    if (!decoded.ok) return this.#refuse(meter, payload, undefined, [malformed(decoded.fault)]);
    const { sequence } = decoded.value.message;
    const isNext =
      device.record.acknowledged > 0
        ? sequence <= device.record.acknowledged + 1
        : this.#isBeginning(meter, device, decoded.value, isAgain);
    if (!isNext) return this.#book.notify({ code: 'reading-ahead', m3terId });
    const before = device.last;
    const verdict = meter.verifier?.judge(decoded.value);
    if (verdict?.reading === undefined) return;
    if (verdict.problems.length > 0) return this.#refuse(meter, payload, decoded.value, verdict.problems);
    if (verdict.repeated) {
      this.#book.notify({ code: 'reading-repeated', m3terId });
      return this.acknowledge(meter);
    }
    await this.#keep(meter, device, payload, verdict.reading, this.#succeed(meter, device, before));
    this.acknowledge(meter, since);
  }

  /** Resolves when the reading is on the disk, with what else is to be. */
  async #keep(
    meter: MeterState,
    device: DeviceState,
    payload: Uint8Array,
    reading: Reading,
    puts: readonly Put[],
  ): Promise<void> {
    const { sequence, m3terId } = reading;
    const { record } = device;
    device.record = { ...record, made: record.made + 1, verified: record.verified + 1 };
    meter.show({ reading, problems: [] });
    this.#book.notify({ code: 'reading-verified', m3terId });
    this.#book.onChange(m3terId, 'reading');
    const digest = fromHex(device.digest(sequence) as string) as Uint8Array;
    const { withdrawn } = meter.record;
    await this.#book.store.write([
      readingPut([device.name, sequence], { digest, envelope: payload }),
      this.#book.devicePut(device),
      ...puts,
    ]);
    device.flushed(sequence);
    if (withdrawn === meter.durable.withdrawn) return;
    meter.durable = { ...meter.durable, withdrawn };
    this.#book.onChange(m3terId, 'credit');
    this.#book.track(this.credit(meter), this.#onFailure);
  }

  /**
   * When another device than before speaks for a token, its balance goes on. Not when that is registered: while the key of a
   * meter is mistyped there, the right one still obeys.
   * @param before what the device has said last before
   * @returns what is to be written
   */
  #succeed(meter: MeterState, device: DeviceState, before: Reading | undefined): readonly Put[] {
    const { record } = meter;
    if (record.served === device.name) return [];
    const former = record.served === undefined ? undefined : this.#book.devices.get(record.served)?.last;
    const withdrawn = former === undefined ? record.withdrawn : withdrawnBySuccessor(record, former, before);
    meter.record = { ...record, served: device.name, withdrawn };
    if (former !== undefined)
      this.#book.notify({
        code: 'meter-exchanged',
        m3terId: meter.m3terId,
        detail: `0x${device.name} after 0x${record.served}: ${withdrawn} mWh count as withdrawn, by reading ${former.sequence}`,
      });
    return [this.#book.meterPut(meter)];
  }

  /**
   * Of a device of which nothing is known: whether its readings may begin with this one. The first that there is may, and
   * the one after those that were acknowledged in our name before. Else, as when the meter was another operator's, the
   * meter tells by sending the tail of its readings a second time, from the same one on: it has none before it.
   */
  #isBeginning(meter: MeterState, device: DeviceState, envelope: ReadingEnvelope, isAgain: boolean): boolean {
    const { message, signature } = envelope;
    if (message.sequence === 1) return true;
    if (message.sequence === (this.#acknowledgedBefore.get(meter.m3terId) ?? 0) + 1) return true;
    const signer = this.#book.domain.signer(READING, message, signature);
    if (isAgain || signer === undefined || !equal(signer, device.address)) return false;
    if (message.sequence === device.lowestHeard) return true;
    device.lowestHeard = Math.min(message.sequence, device.lowestHeard ?? message.sequence);
    return false;
  }

  async #refuse(
    meter: MeterState,
    payload: Uint8Array,
    envelope: ReadingEnvelope | undefined,
    problems: readonly ReadingProblem[],
  ): Promise<void> {
    const { m3terId } = meter;
    const fault = problems[0]?.fault ?? 'malformed';
    const name = envelope === undefined ? toHex(payload.subarray(0, 65)) : toHex(envelope.signature);
    const detail = problems
      .map(({ expected, got }) => `${fault}: expected ${expected}, got ${got}`)
      .join('; ');
    this.#book.notify({ code: 'reading-refused', m3terId, detail });
    if (meter.refused.has(name)) return;
    if (meter.refused.size >= MOST_REFUSED) meter.refused.clear();
    meter.refused.add(name);
    const device = meter.state as DeviceState;
    device.record = { ...device.record, made: device.record.made + 1 };
    if (envelope !== undefined) meter.show({ reading: envelope.message, problems });
    this.#book.onChange(m3terId, 'reading');
    await this.#book.store.write([
      refusedPut(m3terId, meter.refusals++, fault, payload),
      this.#book.devicePut(device),
    ]);
  }

  async #onEvent(meter: MeterState, payload: Uint8Array): Promise<void> {
    const { m3terId } = meter;
    const device = meter.state as DeviceState;
    const decoded = decodeEnvelope(EVENT, payload);
    const event = decoded.ok && decoded.value.message.m3terId === m3terId ? decoded.value : undefined;
    const signer = event && this.#book.domain.signer(EVENT, event.message, event.signature);
    if (event === undefined || signer === undefined || !equal(signer, device.address))
      return this.#book.notify({ code: 'event-refused', m3terId });
    const { sequence } = event.message;
    if (sequence <= device.record.events) return;
    device.record = { ...device.record, events: sequence };
    meter.showEvent(event.message);
    this.#book.notify({ code: 'event-kept', m3terId });
    if (event.message.code === EVENT_CODES.directiveRefused)
      this.#book.notify({ code: 'directive-refused', m3terId, detail: textOf(event.message.detail) });
    this.#book.onChange(m3terId, 'event');
    await this.#book.store.write([eventPut([device.name, sequence], payload), this.#book.devicePut(device)]);
  }

  /** Credit in our own name that says more than the store, as after its loss, stands; what says less is set right. */
  async #onCredit(m3terId: bigint, payload: Uint8Array): Promise<void> {
    const decoded = decodeEnvelope(CREDIT, payload);
    if (!decoded.ok || decoded.value.message.m3terId !== m3terId) return;
    const { message, signature } = decoded.value;
    const signer = this.#book.domain.signer(CREDIT, message, signature);
    if (signer === undefined || !equal(signer, this.#ownAddress)) return;
    if (message.credited > MAX_ENERGY || message.withdrawn > MAX_ENERGY) return;
    const meter = this.#book.meter(m3terId);
    const { credited, withdrawn } = meter.record;
    if (message.credited > credited || message.withdrawn > withdrawn) {
      const more = {
        credited: milliwattHours(Math.max(credited, message.credited)),
        withdrawn: milliwattHours(Math.max(withdrawn, message.withdrawn)),
      };
      meter.record = { ...meter.record, ...more };
      await this.#book.store.write([this.#book.meterPut(meter)]);
      meter.durable = more;
      this.#book.onChange(m3terId, 'credit');
    }
    // the broker is not to retain less than there is
    if (meter.durable.credited > message.credited || meter.durable.withdrawn > message.withdrawn)
      this.#book.track(this.credit(meter), this.#onFailure);
  }

  async #onAcknowledged(m3terId: bigint, payload: Uint8Array): Promise<void> {
    const decoded = decodeEnvelope(ACKNOWLEDGEMENT, payload);
    if (!decoded.ok || decoded.value.message.m3terId !== m3terId) return;
    const { message, signature } = decoded.value;
    const signer = this.#book.domain.signer(ACKNOWLEDGEMENT, message, signature);
    if (signer === undefined || !equal(signer, this.#ownAddress)) return;
    this.#acknowledgedBefore.set(m3terId, message.sequence);
  }
}

/** A text that begins at the first byte of an event's detail, made fit for a log. */
function textOf(detail: Uint8Array): string {
  const [text = ''] = Buffer.from(detail).toString('latin1').split('\0');
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function malformed(fault: string): ReadingProblem {
  return { fault: 'malformed', expected: 'a reading', got: fault };
}
