import type { Clock, Timer } from '../host';

/** ms between two looks at whether the sensor has delivered. */
const LOOK_INTERVAL = 1000;
/**
 * Looks in a row that find nothing new after which the sensor is silent: 2 to 3 s, where a window takes 0.2 s and a
 * metering chip is asked every second or two. It is looks that count, not time: while JavaScript is busy, as with a
 * TLS handshake or a signature without native code, neither looks nor windows come for seconds, and the window that
 * was joined meanwhile must not be found too late.
 */
const LOOKS = 3;

/** `awaited`: since the start it has neither delivered nor been silent for long enough to say. */
export type Hearing = 'awaited' | 'heard' | 'silent';

/** Tells when a sensor delivers nothing, by the clock, whatever the sensor itself says or leaves unsaid. */
export class SilenceWatch {
  hearing: Hearing = 'awaited';
  readonly #clock: Clock;
  readonly #onSilence: () => void;
  /** Looks since it was heard last. */
  #looks = 0;
  #timer: Timer | undefined;

  /** @param onSilence called when silence is found, and again with every look, once a second, while it lasts */
  constructor(clock: Clock, onSilence: () => void) {
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.#timer = this.#clock.after(LOOK_INTERVAL, () => {
      this.start();
      if (++this.#looks >= LOOKS) this.#onSilence();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The sensor has delivered. */
  hear(): void {
    this.#looks = 0;
    this.hearing = 'heard';
  }

  /** The sensor is silent: found here, or by its own word. */
  miss(): void {
    this.hearing = 'silent';
  }
}
