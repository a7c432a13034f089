import { detailNumber, detailText, type EventName } from '../attest/event';
import type { FirmwareRelease } from '../attest/signed-types';
import type { Outcome } from '../directives/apply';
import type { RestartCause, Timer, TlsOptions } from '../host';
import type { Ledger } from '../ledger/ledger';
import { type ReceptionPorts, receive } from './reception';
import { beginTrial } from './trial';

/** ms in which the meter tells that it restarts, and then in which it takes leave of the broker. */
const LAST_WORDS = 10_000;
const FAREWELL = 2000;

export interface UpdaterPorts extends ReceptionPorts {
  readonly restart?: RestartCause;
}

export interface UpdaterOptions {
  /** Absent when it could not be restored. */
  readonly ledger: Ledger | undefined;
  /** Whom to trust on https. */
  readonly tls: TlsOptions;
  /** There is a broker to report to: firmware that does not reach it is no good. */
  readonly mustConnect: boolean;
  isWell(): boolean;
  isOnline(): boolean;
  note(name: EventName, detail: Uint8Array): void;
  /** Takes leave of the broker. */
  leave(): void;
  /** Puts everything on flash, and ends. */
  stop(): void;
}

/**
 * Receives other firmware over the network while the meter goes on, and has it prove itself after the restart. One
 * that was started once is never received again, nor any older one. A reception that failed is not taken up
 * again before the next start or release. A power cut in the middle leaves the firmware that runs, to which the broker,
 * which retains the release, tells it again.
 */
export class Updater {
  readonly #ports: UpdaterPorts;
  readonly #options: UpdaterOptions;
  /** The last release that was taken, which waits for the end of a trial, is on its way, has come or has failed. */
  #release: FirmwareRelease | undefined;
  /** Ends the trial, or the reception, undecided. */
  #cease: (() => void) | undefined;
  /** Runs from when an image has come to the restart. */
  #farewell: Timer | undefined;

  constructor(ports: UpdaterPorts, options: UpdaterOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Begins the trial, or tells that there was one in vain. */
  start(): void {
    const { update, clock, restart } = this.#ports;
    const options = this.#options;
    if (restart === 'rollback') options.note('updateRefused', detailNumber(this.#tried));
    if (!update.isOnTrial) return;
    // The firmware before had no time for it when its power failed just then.
    if (update.version > this.#tried) options.ledger?.update({ triedFirmware: update.version });
    this.#cease = beginTrial(
      clock,
      options,
      () => update.rollBack(),
      () => this.#confirm(),
    );
  }

  /** Ends what is under way: a firmware on trial is taken back at the next start. */
  stop(): void {
    this.#cease?.();
    this.#farewell?.cancel();
  }

  /** Drops a release that is on its way, for whoever signed it is nobody any more. One that has come starts all the same. */
  forget(): void {
    this.#release = undefined;
    if (!this.#ports.update.isOnTrial) this.#cease?.();
  }

  /** Begins to receive what was released, if it is newer than all before. */
  take(release: FirmwareRelease): Outcome {
    const { version, isOnTrial } = this.#ports.update;
    const newest = Math.max(version, this.#tried, this.#release?.version ?? 0);
    // What is the next to start is not to be written over.
    if (release.version <= newest || this.#farewell !== undefined) return 'stale';
    this.#release = release;
    if (!isOnTrial) this.#receive(release);
    return 'applied';
  }

  get #tried(): number {
    return this.#options.ledger?.settings.triedFirmware ?? 0;
  }

  #confirm(): boolean {
    const { update } = this.#ports;
    if (!update.confirm()) return false;
    this.#options.note('updateConfirmed', detailNumber(update.version));
    if (this.#release !== undefined) this.#receive(this.#release);
    return true;
  }

  #receive(release: FirmwareRelease): void {
    const { tls, note } = this.#options;
    this.#cease?.();
    this.#cease = receive(this.#ports, release, tls, fault => {
      this.#cease = undefined;
      if (fault !== undefined) note('updateFailed', detailText(fault));
      else this.#restartSoon(release.version);
    });
  }

  #restartSoon(version: number): void {
    const { update, clock } = this.#ports;
    const { ledger, note, leave, stop } = this.#options;
    ledger?.update({ triedFirmware: version });
    note('updateReady', detailNumber(version));
    this.#farewell = clock.after(LAST_WORDS, () => {
      leave();
      this.#farewell = clock.after(FAREWELL, () => {
        stop();
        update.restart();
      });
    });
  }
}
