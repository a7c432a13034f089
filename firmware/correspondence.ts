import type { Agenda } from './attest/agenda';
import { Attestor } from './attest/attestor';
import type { SigningKey } from './attest/device-key';
import { entryDigester } from './attest/entry';
import { encodeEnvelope } from './attest/envelope';
import { detailNumber, detailText, type EventName } from './attest/event';
import { type ReadingContent, readingCodec } from './attest/reading';
import { ReadingSchedule } from './attest/reading-schedule';
import { type FirmwareRelease, LINK } from './attest/signed-types';
import { SigningDomain } from './attest/signing-domain';
import { type Status, statusWord } from './attest/status';
import { encodeTelemetry } from './attest/telemetry';
import { toHex } from './bytes';
import { type CompanionHandlers, Companions } from './companions';
import type { Outcome } from './directives/apply';
import { DirectiveDesk } from './directives/desk';
import { DIRECTIVES, type Directive, type DirectiveKind } from './directives/directive';
import type { Host, Timer } from './host';
import type { Ledger } from './ledger/ledger';
import type { LinkSetting, Registers } from './ledger/state';
import { brokerLogin } from './link/broker-login';
import type { Position } from './link/console-dialogue';
import { HOME_STATUS } from './link/discovery-config';
import { type EntryKind, EntryLog } from './link/log';
import { ENTRY_KINDS } from './link/log-format';
import { type Broker, Uplink } from './link/uplink';
import { failure, type Result, success } from './result';
import type { TrustedClock } from './trusted-clock';

/** `newer-format`: the log was written by a later firmware. `corrupt`: the ledger is behind what the log states. */
export type CorrespondenceFault = 'newer-format' | 'corrupt';

export interface CorrespondenceOptions {
  /** Absent: readings are made and kept, and go nowhere. */
  readonly broker?: Broker;
  /** s between readings, on whole multiples of it by the clock where time is known; absent: by the policy */
  readonly readingInterval?: number;
  /** s between telemetry messages; absent: by the policy */
  readonly telemetryInterval?: number;
  /** Where the meter hangs, for a M3tering Console; absent: it is not told */
  readonly position?: Position;
}

export type CorrespondenceHost = Host & { readonly clock: TrustedClock };

/** What the rest of the meter knows, and wants to know. */
export interface CorrespondenceHandlers extends CompanionHandlers {
  /** Of the time since it was last asked for. */
  takeStatus(): Omit<Status, 'timeUnknown'>;
  /** Begins to receive the firmware that a release speaks of; absent where there is no slot for it. */
  takeRelease?(release: FirmwareRelease): Outcome;
  /** A directive changed what supply depends on. */
  onApplied(directive: Directive): void;
  onOnline(online: boolean): void;
}

/** Whose statements they are, and what of. */
export interface Stated {
  readonly ledger: Ledger;
  readonly agenda: Agenda;
  readonly link: LinkSetting;
  readonly key: SigningKey;
}

/**
 * What a meter that has a name says to the world and hears from it: readings and events go from the registers over
 * the log to the broker, directives from the broker into the ledger. Signing takes long, so nothing is signed in the
 * turn in which it is asked for.
 */
export class Correspondence {
  readonly #host: CorrespondenceHost;
  readonly #options: CorrespondenceOptions;
  readonly #handlers: CorrespondenceHandlers;
  readonly #ledger: Ledger;
  readonly #agenda: Agenda;
  readonly #log: EntryLog;
  readonly #attestor: Attestor;
  readonly #desk: DirectiveDesk;
  readonly #uplink: Uplink | undefined;
  readonly #companions: Companions | undefined;
  readonly #schedule: ReadingSchedule;
  /** That the log cannot be written is noted already. */
  #isLogFaultNoted = false;
  /** Up to these entries it is noted what the log has lost. */
  readonly #lost = { reading: 0, event: 0 };
  #work: Timer | undefined;
  #telemetryTimer: Timer | undefined;

  private constructor(
    host: CorrespondenceHost,
    options: CorrespondenceOptions,
    handlers: CorrespondenceHandlers,
    { ledger, agenda, link, key }: Stated,
    { domain, log }: { domain: SigningDomain; log: EntryLog },
  ) {
    const { chainId, m3terId } = link;
    this.#host = host;
    this.#options = options;
    this.#handlers = handlers;
    this.#ledger = ledger;
    this.#agenda = agenda;
    this.#log = log;
    this.#attestor = new Attestor(domain, key, m3terId, log, ledger);
    this.#desk = new DirectiveDesk(host.clock, domain, ledger, link, {
      onApplied: directive => this.#onApplied(directive),
      onEvent: (name, detail) => this.#onDirectiveEvent(name, detail),
      lastReading: () => this.lastReading,
      ...(handlers.takeRelease && { takeRelease: handlers.takeRelease }),
    });
    this.#schedule = new ReadingSchedule(host.clock, this.#readingInterval, {
      onDue: () => this.#agenda.requestReading(),
      onClockSet: before => this.#agenda.note('clockSet', detailNumber(before)),
    });
    if (options.broker === undefined) return;
    const claim = { m3terId, device: key.address };
    const signed = encodeEnvelope(LINK, claim, domain.sign(LINK, claim, key.privateKey));
    const { broker } = options;
    const credentials = () => brokerLogin(domain, key, m3terId, broker.host, host.clock.now());
    const clientId = `m3ter-${m3terId}-${toHex(key.address)}`;
    const hears = () => [...Object.keys(DIRECTIVES), ...(this.#companions?.hears ?? [])];
    const sender = { chainId, m3terId, clientId, link: signed, credentials, hears };
    this.#uplink = new Uplink(host, broker, sender, log, {
      onMessage: (stream, payload, isWhole) => this.#onMessage(stream, payload, isWhole),
      settled: kind => this.#settled(kind),
      onEventsDelivered: sequence => this.#onEventsDelivered(sequence),
      onOnline: isOnline => this.#onOnline(isOnline),
      onLongOffline: fault => this.#agenda.note('offline', detailText(fault)),
    });
    const principal = { ledger, agenda, link, present: this };
    this.#companions = new Companions(host, principal, this.#uplink, handlers, options.position);
  }

  /** On a fault nothing is stated: nothing could be that is sure to be true. */
  static open(
    host: CorrespondenceHost,
    options: CorrespondenceOptions,
    handlers: CorrespondenceHandlers,
    stated: Stated,
  ): Result<Correspondence, CorrespondenceFault> {
    const domain = new SigningDomain(host.crypto, stated.link);
    const log = EntryLog.open(host.flash.log, entryDigester(domain, stated.link.m3terId), sector =>
      stated.agenda.noteOneOfMany('sectorRetired', detailText(`log ${sector}`)),
    );
    if (!log.ok) return failure(log.fault);
    const correspondence = new Correspondence(host, options, handlers, stated, { domain, log: log.value });
    return correspondence.#recoverHeads() ? success(correspondence) : failure('corrupt');
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

  /** Takes a directive other than by the broker; see `DirectiveDesk.receive`. */
  instruct(kind: DirectiveKind, payload: Uint8Array): ReturnType<DirectiveDesk['receive']> {
    return this.#desk.receive(kind, payload);
  }

  start(): void {
    this.#companions?.start();
    this.#uplink?.start();
    this.#schedule.start();
    this.#scheduleTelemetry();
    this.workSoon();
  }

  /** Takes leave of the broker. What was asked for and not done yet is lost, as in a power cut. */
  stop(): void {
    this.#schedule.stop();
    this.#work?.cancel();
    this.#telemetryTimer?.cancel();
    this.#companions?.stop();
    this.#uplink?.stop();
  }

  /** There is another policy: from now on its intervals count. */
  takePolicy(): void {
    this.#schedule.setInterval(this.#readingInterval);
    this.#telemetryTimer?.cancel();
    this.#scheduleTelemetry();
    this.#companions?.takePolicy();
  }

  #onApplied(directive: Directive): void {
    if (directive.kind === 'reset') this.#companions?.leave();
    this.#handlers.onApplied(directive);
  }

  #onMessage(stream: string, payload: Uint8Array, isWhole: boolean): void {
    if (!isWhole) {
      // anybody speaks at Home Assistant's: it is no directive, and not worth an event
      if (stream !== HOME_STATUS) this.#desk.refuseOversized(stream, payload);
    } else if (!this.#companions?.take(stream, payload)) this.#desk.receive(stream, payload);
  }

  #onOnline(isOnline: boolean): void {
    this.#companions?.setOnline(isOnline);
    this.#handlers.onOnline(isOnline);
  }

  /** After a reset nobody could state what waits in this name, nor the reset itself. */
  #onDirectiveEvent(name: EventName, detail: Uint8Array): void {
    if (name === 'reset') this.#stateEvents();
    this.#agenda.note(name, detail);
    if (name === 'reset') this.#stateEvents();
  }

  /** At once, and on their way. */
  #stateEvents(): void {
    const agenda = this.#agenda;
    for (let event = agenda.nextEvent; event !== undefined; event = agenda.nextEvent) {
      if (!this.#attestor.event(event)) return;
      agenda.dropEvent();
    }
    this.#uplink?.pump();
  }

  /** s between telemetry messages */
  get telemetryInterval(): number {
    return this.#options.telemetryInterval ?? this.#ledger.settings.policy.telemetryInterval;
  }

  /** s */
  get #readingInterval(): number {
    return this.#options.readingInterval ?? this.#ledger.settings.policy.readingInterval;
  }

  /** The last entry that needs no sending: also of those that were made in a former name, by which none can be sent. */
  #settled(kind: EntryKind): number {
    const { eventsDelivered, formerReading, formerEvent } = this.#ledger.settings;
    return kind === 'reading'
      ? Math.max(this.#ledger.acknowledged, formerReading)
      : Math.max(eventsDelivered, formerEvent);
  }

  /** Puts into the log, in turns of its own, what is on the agenda. */
  workSoon(): void {
    this.#work ??= this.#host.clock.after(0, () => {
      this.#work = undefined;
      this.#doWork();
    });
  }

  /** One signature a turn: windows get theirs in between. What the flash did not take waits for the next request. */
  #doWork(): void {
    const isKept = this.#signNext();
    this.#noteLogFault();
    this.#noteLoss();
    if (isKept && !this.#agenda.isEmpty) this.workSoon();
    this.#uplink?.pump();
  }

  #signNext(): boolean {
    const agenda = this.#agenda;
    const event = agenda.nextEvent;
    if (event === undefined) {
      agenda.isReadingDue = agenda.isReadingDue && !this.#makeReading();
      // There is one after every change of the supply.
      this.#companions?.tell();
      return !agenda.isReadingDue;
    }
    const isKept = this.#attestor.event(event);
    if (isKept) agenda.dropEvent();
    return isKept;
  }

  /** Once each time: it waits with what the flash does not take. */
  #noteLogFault(): void {
    const { fault } = this.#attestor;
    if (fault !== undefined && !this.#isLogFaultNoted) this.#agenda.note('logFault', detailText(fault));
    this.#isLogFaultNoted = fault !== undefined;
  }

  /** A log that is full makes room, sector by sector, though nobody has got what was in it. */
  #noteLoss(): void {
    this.#noteLost('reading', 'logLost');
    this.#noteLost('event', 'eventsLost');
  }

  #noteLost(kind: EntryKind, event: EventName): void {
    const dropped = this.#log.dropped(kind);
    if (dropped > Math.max(this.#lost[kind], this.#settled(kind)))
      this.#agenda.note(event, detailNumber(dropped));
    this.#lost[kind] = dropped;
  }

  /** The registers are on flash before they are signed: no restart can take back what a reading has stated. */
  #makeReading(): boolean {
    if (!this.#ledger.save()) return false;
    const timestamp = this.#timestamp();
    this.#host.clock.passed(timestamp);
    return this.#attestor.reading({
      timestamp,
      registers: this.#ledger.registers,
      status: statusWord({ ...this.#handlers.takeStatus(), timeUnknown: timestamp === 0 }),
      telemetry: this.#telemetry(this.lastReading + 1, timestamp, {
        ...this.#handlers.extras(),
        // The log is to hold a month of readings; a forecast of then is of no use to anyone.
        forecast: undefined,
      }),
    });
  }

  #telemetry(sequence: number, timestamp: number, extras = this.#handlers.extras()): Uint8Array {
    return encodeTelemetry(sequence, timestamp, this.#handlers.measurement(), extras);
  }

  #scheduleTelemetry(): void {
    this.#telemetryTimer = this.#host.clock.after(this.telemetryInterval * 1000, () => {
      this.#uplink?.publishTelemetry(this.#telemetry(this.lastReading, this.#timestamp()));
      this.#companions?.tell();
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
    const kept = Math.max(this.#log.head('reading').sequence, this.#settled('reading'));
    const keptEvents = Math.max(this.#log.head('event').sequence, this.#settled('event'));
    this.#log.continueFrom('reading', readings);
    this.#log.continueFrom('event', events);
    const last = this.#lastStatement();
    if (last !== undefined && this.#isBehind(last.registers)) return false;
    this.#host.clock.passed(last?.timestamp ?? 0);
    const heads = { readings: this.#log.head('reading'), events: this.#log.head('event') };
    // A power cut came between the log and the ledger.
    if (heads.readings.sequence > readings.sequence || heads.events.sequence > events.sequence)
      this.#ledger.update(heads);
    if (readings.sequence > kept) this.#agenda.note('logLost', detailNumber(readings.sequence));
    if (events.sequence > keptEvents) this.#agenda.note('eventsLost', detailNumber(events.sequence));
    for (const kind of ENTRY_KINDS) this.#lost[kind] = this.#log.dropped(kind);
    return true;
  }

  /** What the last reading says; undefined when it is not in the log. */
  #lastStatement(): ReadingContent | undefined {
    const [last] = this.#log.entries('reading', this.lastReading);
    return last && readingCodec.decodeBody(last.body)?.content;
  }

  /** A ledger whose registers are below those that a reading stated is not the one that the meter had. */
  #isBehind(stated: Registers): boolean {
    const { registers } = this.#ledger;
    return (Object.keys(stated) as (keyof Registers)[]).some(name => registers[name] < stated[name]);
  }

  #timestamp(): number {
    return this.#host.clock.now() ?? 0;
  }
}
