import type { Clock, Timer } from '../host';

/**
 * Keeps the broker from giving up the client, and notices when the broker is gone. A beat is half the keep-alive:
 * two of them, with a ping between, stay within it [MQTT-3.1.2-22].
 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  #beat = 0;
  #timer: Timer | undefined;
  #hasSent = false;
  #hasReceived = false;
  #awaitsAnswer = false;

  /** @param patience ms that a ping may stay unanswered before `onSilence`; a beat if that is shorter */
  constructor(clock: Clock, patience: number, ping: () => void, onSilence: () => void) {
    this.#clock = clock;
    this.#patience = patience;
    this.#ping = ping;
    this.#onSilence = onSilence;
  }

  /** @param keepAlive s */
  start(keepAlive: number): void {
    this.#beat = keepAlive * 500;
    this.#hasSent = false;
    this.#hasReceived = false;
    this.#wait(this.#beat);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Something was sent. */
  sent(): void {
    this.#hasSent = true;
  }

  /** Something was received. */
  received(): void {
    this.#hasReceived = true;
  }

  /** The ping was answered. */
  answered(): void {
    this.#awaitsAnswer = false;
  }

  #wait(milliseconds: number): void {
    this.#timer = this.#clock.after(milliseconds, () => this.#onBeat());
  }

  /** Pings unless both sides have spoken since the last beat. */
  #onBeat(): void {
    if (this.#awaitsAnswer) {
      this.#onSilence();
      return;
    }
    const isAlive = this.#hasSent && this.#hasReceived;
    this.#hasSent = false;
    this.#hasReceived = false;
    this.#wait(isAlive ? this.#beat : Math.min(this.#beat, this.#patience));
    if (isAlive) return;
    this.#awaitsAnswer = true;
    this.#ping();
  }
}
