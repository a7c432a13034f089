import type { Host, RestartCause, Timer } from '../../firmware/host';
import { PowerLost } from './flash';
import { PoweredHost } from './power';
import type { MockSlots } from './slots';
import { MockWatchdog } from './watchdog';

/** ms from a restart to the first line of the firmware */
const BOOT_TIME = 500;
/** ms */
const WATCHDOG_TIMEOUT = 10_000;

/** What runs on a board; that it is over has to be told to what runs in a process of its own. */
export interface BoardMeter {
  start(): void;
  kill?(): void;
}

export interface BoardOptions<Running extends BoardMeter> {
  /** What is on the board, and outlives each run. */
  readonly parts: Omit<Host, 'watchdog' | 'restart' | 'update'>;
  /** Absent: there is but one. */
  readonly slots?: MockSlots;
  makeMeter(host: Host): Running;
  /** The relay stays as it is when nothing drives it; absent: it falls open. */
  readonly isLatching?: boolean;
  /**
   * What the board says of an exception that nobody caught, before it restarts. Absent: it is thrown, and nothing but
   * `boot` starts the board again, a watchdog neither.
   */
  readonly causeOf?: (error: unknown) => RestartCause;
}

/**
 * A board, and what it does by itself: whatever ends a run of the firmware, relay and timers let go, and a moment later
 * the next run begins, which is told why. Only a cut of the power lasts until it is switched on again.
 */
export class Board<Running extends BoardMeter> {
  /** Why each run began, oldest first. */
  readonly starts: RestartCause[] = [];
  readonly #options: BoardOptions<Running>;
  readonly #watchdog: MockWatchdog | undefined;
  #host: PoweredHost | undefined;
  #meter: Running | undefined;
  /** Runs from the end of a run to the next. */
  #pause: Timer | undefined;

  constructor(options: BoardOptions<Running>) {
    this.#options = options;
    const { parts, causeOf } = options;
    if (causeOf !== undefined)
      this.#watchdog = new MockWatchdog(parts.clock, WATCHDOG_TIMEOUT, () => this.restart('watchdog'));
  }

  /** The one that runs, or ran last. @throws Error before the first */
  get meter(): Running {
    if (this.#meter === undefined) throw new Error('board: expected a meter that was booted');
    return this.#meter;
  }

  /** False after a power cut, and for a moment at each restart. */
  get isOn(): boolean {
    return this.#host?.isOn ?? false;
  }

  /** Switches the power on, up to a meter that is not started yet. */
  assemble(found: RestartCause = 'power'): Running {
    this.#end();
    const { parts, makeMeter, isLatching, causeOf, slots } = this.#options;
    // In a turn of its own: the firmware that asks for it is in the middle of something.
    const update = slots?.boot(why => void parts.clock.after(0, () => this.restart(why)));
    const cause = update?.wasRolledBack ? 'rollback' : found;
    this.starts.push(cause);
    const watchdog = this.#watchdog;
    this.#host = new PoweredHost(
      { ...parts, restart: cause, ...(watchdog && { watchdog }), ...(update && { update }) },
      {
        ...(isLatching && { isLatching }),
        ...(causeOf && { onException: error => this.restart(causeOf(error)) }),
      },
    );
    this.#meter = makeMeter(this.#host);
    return this.#meter;
  }

  /** Switches the power on. */
  boot(cause: RestartCause = 'power'): void {
    this.#guard(() => {
      this.assemble(cause).start();
      this.#watchdog?.feed();
    });
  }

  /** Calls the firmware from outside. */
  run(action: () => void): void {
    if (this.isOn) this.#guard(action);
  }

  /** Ends the run as its cause does; the next begins by itself. */
  restart(cause: RestartCause): void {
    this.#end();
    this.#pause = this.#options.parts.clock.after(BOOT_TIME, () => this.boot(cause));
  }

  /** JavaScript never comes back from what it does: nothing reaches the firmware any more. */
  hang(): void {
    this.#host?.hang();
  }

  cutPower(): void {
    this.#end();
  }

  #guard(action: () => void): void {
    const { causeOf } = this.#options;
    try {
      action();
    } catch (error) {
      if (error instanceof PowerLost) this.#end();
      else if (causeOf === undefined) throw error;
      else this.restart(causeOf(error));
    }
  }

  #end(): void {
    this.#pause?.cancel();
    this.#watchdog?.stop();
    this.#host?.cutPower();
    this.#meter?.kill?.();
  }
}
