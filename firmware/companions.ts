import type { Agenda } from './attest/agenda';
import { detailNumber } from './attest/event';
import type { TelemetryExtras } from './attest/telemetry';
import type { Host, Measurement } from './host';
import type { Ledger } from './ledger/ledger';
import type { LinkSetting } from './ledger/state';
import type { ConsoleDialogue, Position } from './link/console-dialogue';
import { Discovery } from './link/discovery';
import { discoveryConfig, discoveryTopic, HOME_STATUS } from './link/discovery-config';
import { discoveryState, type HomeState } from './link/discovery-state';
import { openConsole } from './link/open-console';
import { meterTopic } from './link/topics';
import type { Uplink } from './link/uplink';

/** The stream of what a M3tering Console answers. */
const ANSWER = 'answer';
/** The stream of states for a smart home. */
const HOME = 'home';

/** What the rest of the meter knows, and wants to know. */
export interface CompanionHandlers {
  measurement(): Measurement;
  /** What goes with it into the telemetry. */
  extras(): TelemetryExtras;
  /** How the supply is, and whether the meter is as it should be. */
  condition(): Pick<HomeState, 'supply' | 'isFaulty'>;
  /** The M3tering Console wants the meter to supply, or not. It has not signed that. */
  onConsoleWord(isOn: boolean): void;
}

/** Whom they are told of. */
export interface Principal {
  readonly ledger: Ledger;
  readonly agenda: Agenda;
  readonly link: LinkSetting;
  /** What its correspondence knows. */
  readonly present: {
    /** Sequence; 0 for none */
    readonly lastReading: number;
    /** s */
    readonly telemetryInterval: number;
  };
}

/**
 * To whom else a meter speaks over its session: to a M3tering Console and to Home Assistant, each as its policy says.
 * What it does not ask for is not in memory.
 */
export class Companions {
  readonly #host: Host;
  readonly #principal: Principal;
  readonly #uplink: Uplink;
  readonly #handlers: CompanionHandlers;
  readonly #position: Position | undefined;
  #console: ConsoleDialogue | undefined;
  #home: Discovery | undefined;

  constructor(
    host: Host,
    principal: Principal,
    uplink: Uplink,
    handlers: CompanionHandlers,
    position?: Position,
  ) {
    this.#host = host;
    this.#principal = principal;
    this.#uplink = uplink;
    this.#handlers = handlers;
    this.#position = position;
  }

  /** Their streams; one with a slash is a whole topic. */
  get hears(): readonly string[] {
    return [
      ...(this.#console === undefined ? [] : [ANSWER]),
      ...(this.#home === undefined ? [] : [HOME_STATUS]),
    ];
  }

  /** Before the session. */
  start(): void {
    this.#console = this.#openConsole();
    this.#home = this.#openHome();
  }

  stop(): void {
    this.#console?.stop();
    this.#home?.stop();
  }

  /** There is another policy. */
  takePolicy(): void {
    const before = this.hears;
    this.#takePayloadInterval();
    this.#takeHomeAssistant();
    // In a turn of its own: the policy may have come by that very session.
    if (this.hears.some(stream => !before.includes(stream)))
      this.#host.clock.after(0, () => this.#uplink.renew());
  }

  /** The meter loses its name. */
  leave(): void {
    this.#home?.leave();
  }

  setOnline(isOnline: boolean): void {
    this.#console?.setOnline(isOnline);
    this.#home?.setOnline(isOnline);
  }

  /** Takes a message; false when it is for neither. */
  take(stream: string, payload: Uint8Array): boolean {
    if (stream === ANSWER) this.#console?.take(payload);
    if (stream === HOME_STATUS) this.#home?.takeStatus(payload);
    return stream === ANSWER || stream === HOME_STATUS;
  }

  /** Says how things are to whom may see it. */
  tell(): void {
    this.#home?.tell();
  }

  #takePayloadInterval(): void {
    const { payloadInterval } = this.#principal.ledger.settings.policy;
    if (payloadInterval !== 0 && this.#console !== undefined) {
      this.#console.setInterval(payloadInterval);
      return;
    }
    this.#console?.stop();
    this.#console = this.#openConsole();
  }

  #takeHomeAssistant(): void {
    if (this.#principal.ledger.settings.policy.homeAssistant === 0) this.#home?.leave();
    else if (this.#home === undefined) this.#home = this.#openHome();
    else this.#home.announceSoon();
  }

  #openConsole(): ConsoleDialogue | undefined {
    const { ledger, link, agenda } = this.#principal;
    const handlers = {
      publish: (payload: Uint8Array) => this.#uplink.publishPayload(payload),
      voltage: () => this.#handlers.measurement().phases[0]?.voltage ?? 0,
      onWord: (isOn: boolean) => this.#handlers.onConsoleWord(isOn),
      onOutOfStep: (nonce: number) => agenda.note('consoleOutOfStep', detailNumber(nonce)),
    };
    return openConsole(this.#host, ledger, link, handlers, this.#position);
  }

  #openHome(): Discovery | undefined {
    const { ledger, link } = this.#principal;
    if (ledger.settings.policy.homeAssistant === 0) return undefined;
    const { chainId, m3terId } = link;
    return new Discovery(this.#host.clock, {
      publishConfig: payload => this.#uplink.publishRetained(discoveryTopic(chainId, m3terId), payload),
      publishState: payload => this.#uplink.publishRetained(HOME, payload),
      config: () =>
        discoveryConfig({
          ...{ chainId, m3terId, phases: this.#host.sensor.phases },
          interval: this.#principal.present.telemetryInterval,
          stateTopic: meterTopic(chainId, m3terId, HOME),
          onlineTopic: meterTopic(chainId, m3terId, 'online'),
        }),
      state: () => discoveryState(this.#homeState()),
      onLeft: () => {
        this.#home = undefined;
      },
    });
  }

  #homeState(): HomeState {
    const { ledger, present } = this.#principal;
    const handlers = this.#handlers;
    return {
      registers: ledger.kept,
      balance: ledger.balance,
      measurement: handlers.measurement(),
      ...handlers.condition(),
      hoursLeft: handlers.extras().forecast?.hoursLeft,
      lastReading: present.lastReading,
    };
  }
}
