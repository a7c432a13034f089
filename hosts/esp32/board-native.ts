import type { Coil } from './relay';
import type { HardwareWatchdog } from './watchdog';

const startPulse = native('xs_pulse_start') as (pin: number, milliseconds: number) => boolean;
const initialisePulse = native('xs_pulse_init') as (pin: number) => void;
const startWatchdog = native('xs_watchdog_start') as (timeoutMilliseconds: number) => boolean;
const feedWatchdog = native('xs_watchdog_feed') as () => void;
const engineEnding = native('xs_guard_engine_ending') as () => void;
const engineEnded = native('xs_guard_engine_ended') as (cause: string) => void;
const fillSeed = native('xs_seed_random') as (seed: Uint8Array) => void;

/** µs since the start; neither wraps nor is ever set. */
export const microseconds = native('xs_board_microseconds') as () => number;

/** Restarts the board, which then knows that it was wished. Does not return. */
export const restartBoard = native('xs_board_restart') as () => void;

/** Bytes of the system's heap, from which sockets and TLS take theirs. */
export const freeMemory = native('xs_board_free_memory') as () => number;

/** Has an open UART send and expect even parity: the SDK's Serial opens it with none. */
export const setEvenParity = native('xs_serial_even_parity') as (port: number) => void;

/** Switches the radio off and on. */
export const restartRadio = native('xs_radio_restart') as () => void;

/**
 * Tells the guard how the relay is opened, by a level or a pulse of a pin: which it does by itself when boot after boot
 * ends before the meter has decided.
 */
export const armGuard = native('xs_guard_arm') as (pin: number, level: number, pulse: number) => void;

/** The meter has decided about the relay. */
export const tellGuard = native('xs_guard_decided') as () => void;

/** Why this boot came, as a number for `restartCause`. */
export const restartCode = native('xs_guard_restart_cause') as () => number;

export const hardwareWatchdog: HardwareWatchdog = { start: startWatchdog, feed: feedWatchdog };

/** An output whose pulses are ended by the hardware's timer. */
export class PulseOutput implements Coil {
  readonly #pin: number;

  constructor({ pin }: { readonly pin: number }) {
    this.#pin = pin;
    initialisePulse(pin);
  }

  /** @throws Error when there is another pulse, or no timer */
  pulse(milliseconds: number): void {
    if (!startPulse(this.#pin, milliseconds))
      throw new Error('pulse: expected an idle timer, got a busy one');
  }
}

/** Randomness fit for a key, before radio and sampler are started. */
export function seedRandom(length: number): Uint8Array {
  const seed = new Uint8Array(length);
  fillSeed(seed);
  return seed;
}

/**
 * Has the engine say why it ends, so that the next boot knows. It calls the global function `abort` for that (the SDK's
 * define `abortHook`), to which it has to copy a text: where there is no memory even for that, it asks for the function
 * a second time, which tells enough. Nothing is said of an overflow of the stack.
 */
export function watchEngine(): void {
  Object.defineProperty(globalThis, 'abort', {
    get: () => {
      engineEnding();
      return engineEnded;
    },
  });
}
