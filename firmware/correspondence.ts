import { Attestor } from './attest/attestor';
import type { SigningKey } from './attest/device-key';
import { entryDigester } from './attest/entry';
import { encodeEnvelope } from './attest/envelope';
import { detailNumber, EVENT_CODES, type EventContent, type EventName } from './attest/event';
import { LINK } from './attest/signed-types';
import { SigningDomain } from './attest/signing-domain';
import { type Status, statusWord } from './attest/status';
import { encodeTelemetry } from './attest/telemetry';
import { toHex } from './bytes';
import { DirectiveDesk } from './directives/desk';
import type { Directive } from './directives/directive';
import type { Host, Measurement, Timer } from './host';
import type { Ledger } from './ledger/ledger';
import type { LinkSetting } from './ledger/state';
import { EntryLog } from './link/log';
import { type Broker, Uplink } from './link/uplink';
import { failure, type Result, success } from './result';

/** Events that wait to be signed; more at once are not believable, and the oldest tell most. */
const PENDING_EVENTS = 16;

export interface CorrespondenceOptions {
  /** Absent: readings are made and kept, and go nowhere. */
  readonly broker?: Broker;
  /** s between readings, on whole multiples of it by the clock where time is known */
  readonly readingInterval: number;
  /** s between telemetry messages */
  readonly telemetryInterval: number;
}

/** What the rest of the meter knows, and wants to know. */
export interface CorrespondenceHandlers {
  measurement(): Measurement;
  /** Of the time since it was last asked for. */
  takeStatus(): Omit<Status, 'timeUnknown'>;
  /** A directive changed what supply depends on. */
  onApplied(directive: Directive): void;
  onOnline(online: boolean): void;
}

/**
 * What a meter that has a name says to the world and hears from it: readings and events go from the registers over
 * the log to the broker, directives from the broker into the ledger. Signing takes long, so nothing is signed in the
 * turn in which it is asked for.
 */
export class Correspondence {
  readonly #host: Host;
  readonly #options: CorrespondenceOptions;
  readonly #handlers: CorrespondenceHandlers;
  readonly #ledger: Ledger;
  readonly #log: EntryLog;
  readonly #attestor: Attestor;
  readonly #desk: DirectiveDesk;
  readonly #uplink: Uplink | undefined;
  readonly #pendingEvents: EventContent[] = [];
  #isReadingDue = false;
  #work: Timer | undefined;
  #readingTimer: Timer | undefined;
  #telemetryTimer: Timer | undefined;

  private constructor(
    host: Host,
    options: CorrespondenceOptions,
    handlers: CorrespondenceHandlers,
    parts: { ledger: Ledger; log: EntryLog; domain: SigningDomain; key: SigningKey; link: LinkSetting },
  ) {
    const { ledger, log, domain, key, link } = parts;
    const { chainId, m3terId } = link;
    this.#host = host;
    this.#options = options;
    this.#handlers = handlers;
    this.#ledger = ledger;
    this.#log = log;
    this.#attestor = new Attestor(domain, key, m3terId, log, ledger);
    this.#desk = new DirectiveDesk(host.clock, domain, ledger, link, {
      onApplied: handlers.onApplied,
      onEvent: (name, detail) => this.note(name, detail),
      lastReading: () => log.head('reading').sequence,
    });
    if (options.broker === undefined) return;
    const claim = { m3terId, device: key.address };
    const signed = encodeEnvelope(LINK, claim, domain.sign(LINK, claim, key.privateKey));
    const sender = { chainId, m3terId, clientId: `m3ter-${toHex(key.address)}`, link: signed };
    this.#uplink = new Uplink(host, options.broker, sender, log, {
      onDirective: (stream, payload) => this.#desk.receive(stream, payload),
      settled: kind => (kind === 'reading' ? ledger.acknowledged : ledger.settings.eventsDelivered),
      onEventsDelivered: sequence => this.#onEventsDelivered(sequence),
      onOnline: handlers.onOnline,
    });
  }

  /** `newer-format`: the log was written by a later firmware, and is left as it is. */
  static open(
    host: Host,
    options: CorrespondenceOptions,
    ledger: Ledger,
    key: SigningKey,
    link: LinkSetting,
    handlers: CorrespondenceHandlers,
  ): Result<Correspondence, 'newer-format'> {
    const domain = new SigningDomain(host.crypto, link);
    const log = EntryLog.open(host.flash.log, entryDigester(domain, link.m3terId));
    if (!log.ok) return failure(log.fault);
    const parts = { ledger, log: log.value, domain, key, link };
    const correspondence = new Correspondence(host, options, handlers, parts);
    correspondence.#recoverHeads();
    return success(correspondence);
  }

  get isOnline(): boolean {
    return this.#uplink?.isOnline ?? false;
  }

  /** Sequence of the last reading that was made; 0 for none. */
  get lastReading(): number {
    return this.#log.head('reading').sequence;
  }

  /** How many directives were refused since the start, by cause. */
  get refused(): DirectiveDesk['refused'] {
    return this.#desk.refused;
  }

  start(): void {
    this.#uplink?.start();
    this.#scheduleReading();
    this.#scheduleTelemetry();
  }

  /** Takes leave of the broker. What was asked for and not done yet is lost, as in a power cut. */
  stop(): void {
    for (const timer of [this.#work, this.#readingTimer, this.#telemetryTimer]) timer?.cancel();
    this.#uplink?.stop();
  }

  /** Puts an event into the log, soon. */
  note(name: EventName, detail: Uint8Array): void {
    if (this.#pendingEvents.length >= PENDING_EVENTS) return;
    this.#pendingEvents.push({ timestamp: this.#timestamp(), code: EVENT_CODES[name], detail });
    this.#workSoon();
  }

  /** Makes a reading, soon. */
  requestReading(): void {
    this.#isReadingDue = true;
    this.#workSoon();
  }

  #workSoon(): void {
    this.#work ??= this.#host.clock.after(0, () => {
      this.#work = undefined;
      this.#doWork();
    });
  }

  #doWork(): void {
    for (const event of this.#pendingEvents) this.#attestor.event(event);
    this.#pendingEvents.length = 0;
    if (this.#isReadingDue) this.#makeReading();
    this.#isReadingDue = false;
    this.#uplink?.pump();
  }

  /** The registers are on flash before they are signed: no restart can take back what a reading has stated. */
  #makeReading(): void {
    if (!this.#ledger.save()) return;
    const timestamp = this.#timestamp();
    this.#attestor.reading({
      timestamp,
      registers: this.#ledger.registers,
      status: statusWord({ ...this.#handlers.takeStatus(), timeUnknown: timestamp === 0 }),
      telemetry: encodeTelemetry(this.lastReading + 1, timestamp, this.#handlers.measurement()),
    });
  }

  #scheduleReading(): void {
    const { clock } = this.#host;
    const { readingInterval } = this.#options;
    const past = (clock.now() ?? 0) % readingInterval;
    this.#readingTimer = clock.after((readingInterval - past) * 1000, () => {
      this.requestReading();
      this.#scheduleReading();
    });
  }

  #scheduleTelemetry(): void {
    this.#telemetryTimer = this.#host.clock.after(this.#options.telemetryInterval * 1000, () => {
      const telemetry = encodeTelemetry(this.lastReading, this.#timestamp(), this.#handlers.measurement());
      this.#uplink?.publishTelemetry(telemetry);
      this.#scheduleTelemetry();
    });
  }

  /** On flash before the next event: one that is sent twice does no harm. */
  #onEventsDelivered(sequence: number): void {
    const { eventsDelivered } = this.#ledger.settings;
    if (sequence > eventsDelivered && sequence === this.#log.head('event').sequence)
      this.#ledger.update({ eventsDelivered: sequence });
  }

  /** No number is used twice, even where the log was lost. */
  #recoverHeads(): void {
    const { readings, events } = this.#ledger.settings;
    const lost = readings.sequence > this.#log.head('reading').sequence;
    this.#log.continueFrom('reading', readings);
    this.#log.continueFrom('event', events);
    if (lost) this.note('logLost', detailNumber(readings.sequence));
  }

  #timestamp(): number {
    return this.#host.clock.now() ?? 0;
  }
}
