import { Attestor } from './attest/attestor';
import type { SigningKey } from './attest/device-key';
import { entryDigester } from './attest/entry';
import { encodeEnvelope } from './attest/envelope';
import { detailNumber, EVENT_CODES, type EventContent, type EventName } from './attest/event';
import { readingCodec } from './attest/reading';
import { ReadingSchedule } from './attest/reading-schedule';
import { LINK } from './attest/signed-types';
import { SigningDomain } from './attest/signing-domain';
import { type Status, statusWord } from './attest/status';
import { encodeTelemetry } from './attest/telemetry';
import { toHex } from './bytes';
import { DirectiveDesk } from './directives/desk';
import type { Directive } from './directives/directive';
import type { Host, Measurement, Timer } from './host';
import type { Ledger } from './ledger/ledger';
import type { LinkSetting, Registers } from './ledger/state';
import { EntryLog } from './link/log';
import { type Broker, Uplink } from './link/uplink';
import { failure, type Result, success } from './result';

/** Events that wait to be signed; more at once are not believable, and the oldest tell most. */
const PENDING_EVENTS = 16;

/** `newer-format`: the log was written by a later firmware. `corrupt`: the ledger is behind what the log states. */
export type CorrespondenceFault = 'newer-format' | 'corrupt';

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
  readonly #schedule: ReadingSchedule;
  readonly #pendingEvents: EventContent[] = [];
  #isReadingDue = false;
  #work: Timer | undefined;
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
    this.#schedule = new ReadingSchedule(host.clock, options.readingInterval, {
      onDue: () => this.requestReading(),
      onClockSet: before => this.note('clockSet', detailNumber(before)),
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

  /** On a fault nothing is stated: nothing could be that is sure to be true. */
  static open(
    host: Host,
    options: CorrespondenceOptions,
    ledger: Ledger,
    key: SigningKey,
    link: LinkSetting,
    handlers: CorrespondenceHandlers,
  ): Result<Correspondence, CorrespondenceFault> {
    const domain = new SigningDomain(host.crypto, link);
    const log = EntryLog.open(host.flash.log, entryDigester(domain, link.m3terId));
    if (!log.ok) return failure(log.fault);
    const parts = { ledger, log: log.value, domain, key, link };
    const correspondence = new Correspondence(host, options, handlers, parts);
    return correspondence.#recoverHeads() ? success(correspondence) : failure('corrupt');
  }

  get isOnline(): boolean {
    return this.#uplink?.isOnline ?? false;
  }

  /** How often each fault of the connection has occurred since the start. */
  get connectionFaults(): Uplink['faults'] {
    return this.#uplink?.faults ?? {};
  }

  /** Set when the last attempt to put an entry into the log failed; it is repeated with the next. */
  get fault(): 'flash-failed' | undefined {
    return this.#attestor.fault;
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
    this.#schedule.start();
    this.#scheduleTelemetry();
  }

  /** Takes leave of the broker. What was asked for and not done yet is lost, as in a power cut. */
  stop(): void {
    this.#schedule.stop();
    this.#work?.cancel();
    this.#telemetryTimer?.cancel();
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

  /** One signature a turn: windows get theirs in between. What the flash did not take waits for the next request. */
  #doWork(): void {
    const isKept = this.#signNext();
    if (isKept && (this.#pendingEvents.length > 0 || this.#isReadingDue)) this.#workSoon();
    this.#uplink?.pump();
  }

  #signNext(): boolean {
    const [event] = this.#pendingEvents;
    if (event === undefined) {
      this.#isReadingDue = this.#isReadingDue && !this.#makeReading();
      return !this.#isReadingDue;
    }
    const isKept = this.#attestor.event(event);
    if (isKept) this.#pendingEvents.shift();
    return isKept;
  }

  /** The registers are on flash before they are signed: no restart can take back what a reading has stated. */
  #makeReading(): boolean {
    if (!this.#ledger.save()) return false;
    const timestamp = this.#timestamp();
    return this.#attestor.reading({
      timestamp,
      registers: this.#ledger.registers,
      status: statusWord({ ...this.#handlers.takeStatus(), timeUnknown: timestamp === 0 }),
      telemetry: encodeTelemetry(this.lastReading + 1, timestamp, this.#handlers.measurement()),
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

  /**
   * No number is used twice, even where the log was lost: the ledger knows of all that is sent. False when it is not
   * the ledger that goes with this log.
   */
  #recoverHeads(): boolean {
    const { readings, events } = this.#ledger.settings;
    const kept = Math.max(this.#log.head('reading').sequence, this.#ledger.acknowledged);
    this.#log.continueFrom('reading', readings);
    this.#log.continueFrom('event', events);
    if (this.#isLedgerBehind()) return false;
    const heads = { readings: this.#log.head('reading'), events: this.#log.head('event') };
    // A power cut came between the log and the ledger.
    if (heads.readings.sequence > readings.sequence || heads.events.sequence > events.sequence)
      this.#ledger.update(heads);
    if (readings.sequence > kept) this.note('logLost', detailNumber(readings.sequence));
    return true;
  }

  /** A ledger whose registers are below those that a reading stated is not the one that the meter had. */
  #isLedgerBehind(): boolean {
    const { registers } = this.#ledger;
    const [last] = this.#log.entries('reading', this.lastReading);
    const stated = last && readingCodec.decodeBody(last.body)?.content.registers;
    if (stated === undefined) return false;
    return (Object.keys(stated) as (keyof Registers)[]).some(name => registers[name] < stated[name]);
  }

  #timestamp(): number {
    return this.#host.clock.now() ?? 0;
  }
}
