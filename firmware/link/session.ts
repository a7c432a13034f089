import { ascii } from '../bytes';
import type { Clock, Crypto, Network, Timer } from '../host';
import { Backoff } from './backoff';
import { Connection, type ConnectionOptions, connectPacket, type PublishOptions } from './connection';
import type { ConnectionFault } from './connection-fault';
import type { OnAcknowledged } from './in-flight';
import { encode, type ProtocolVersion } from './packets';

/** ms online after which the next failure is the first again. */
const STABLE = 60_000;

/** `unsendable`: a message that is larger than the broker takes. */
export type SessionFault = ConnectionFault | 'unsendable';

export interface SessionOptions extends ConnectionOptions {
  /** Connected and subscribed: `publish` works. */
  onOnline(): void;
  /** The connection that was online is lost, and what was not acknowledged is forgotten. */
  onOffline(fault: SessionFault): void;
  /**
   * QoS 1 is acknowledged when this returns. The payload is the owner's to keep. Retained messages may come before
   * `onOnline`.
   * @param isWhole false: from a broker of 3.1.1, which cannot be told what is too much, came more than 4 KiB; these are
   *   the first bytes, 140 at least, and the rest is passed over
   */
  onMessage(topic: string, payload: Uint8Array, isWhole: boolean): void;
  /** After a `publish` that returned false for want of room: there is room again. */
  onDrain?(): void;
  /** Each fault, attempts that failed included; called before `onOffline`. */
  onFault?(fault: SessionFault): void;
}

/**
 * A clean MQTT session that is made again, for ever, whenever it is lost. Speaks MQTT 5, and 3.1.1 to a broker that
 * knows no better. What it holds is bounded, whatever comes.
 */
export class MqttSession {
  readonly #ports: { readonly network: Network; readonly clock: Clock };
  readonly #options: SessionOptions;
  readonly #backoff: Backoff;
  readonly #faults: Partial<Record<SessionFault, number>> = {};
  #connection: Connection | undefined;
  #isOnline = false;
  /** Runs between attempts, and when online until it is stable. */
  #timer: Timer | undefined;
  #version: ProtocolVersion = 5;
  /** The broker has spoken this version. */
  #isVersionProven = false;

  /** @throws RangeError for text beyond ASCII, a keep-alive out of range */
  constructor(
    ports: { readonly network: Network; readonly clock: Clock; readonly crypto: Pick<Crypto, 'random'> },
    options: SessionOptions,
  ) {
    const { keepAlive } = options;
    if (!Number.isInteger(keepAlive) || keepAlive < 1 || keepAlive > 65535) {
      throw new RangeError(`keepAlive: expected whole seconds from 1 to 65535, got ${keepAlive}`);
    }
    // misuse shows here, not with the first connection
    encode(connectPacket(options, 5), 5);
    options.subscriptions.forEach(ascii);
    this.#ports = ports;
    this.#options = options;
    this.#backoff = new Backoff(ports.crypto);
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** How often each fault has occurred since the start. */
  get faults(): Readonly<Partial<Record<SessionFault, number>>> {
    return this.#faults;
  }

  /** Connects now. Does nothing when started already. */
  start(): void {
    if (this.#connection === undefined && this.#timer === undefined) this.#connect();
  }

  /**
   * Sends what is queued, takes leave of the broker, so that it does not publish the will, and stays offline. No
   * handler is called any more.
   */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isOnline = false;
    this.#connection?.leave();
    this.#connection = undefined;
  }

  /**
   * Sends a message.
   * @param onAcknowledged of QoS 1: the broker has it; never called when the connection ends before
   * @returns false when it was not sent: offline, or too much is under way (`onDrain` tells when to try again), or it
   *   is larger than this broker takes (the fault `unsendable`)
   * @throws RangeError for a topic that is not ASCII, or a message of more than 8 KiB
   */
  publish(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions,
    onAcknowledged?: OnAcknowledged,
  ): boolean {
    if (!this.#isOnline || this.#connection === undefined) return false;
    const outcome = this.#connection.publish(topic, payload, options, onAcknowledged);
    if (outcome === 'unsendable') this.#count('unsendable');
    return outcome === 'sent';
  }

  #connect(): void {
    this.#timer = undefined;
    this.#connection = new Connection(this.#ports, this.#options, this.#version, {
      onReady: () => this.#onReady(),
      onMessage: (topic, payload, isWhole) => this.#options.onMessage(topic, payload, isWhole),
      onDrain: () => this.#options.onDrain?.(),
      onEnd: fault => this.#onEnd(fault),
    });
  }

  #onReady(): void {
    this.#isOnline = true;
    this.#isVersionProven = true;
    this.#timer = this.#ports.clock.after(STABLE, () => this.#backoff.reset());
    this.#options.onOnline();
  }

  #onEnd(fault: ConnectionFault): void {
    const wasOnline = this.#isOnline;
    this.#isOnline = false;
    this.#connection = undefined;
    this.#chooseVersion(fault);
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(this.#backoff.next(), () => this.#connect());
    this.#count(fault);
    // unless `onFault` has stopped the session
    if (wasOnline && this.#timer !== undefined) this.#options.onOffline(fault);
  }

  /** A broker of 3.1.1 answers a CONNECT of MQTT 5 with "version", or just closes, as one that is going down does too. */
  #chooseVersion(fault: ConnectionFault): void {
    if (fault !== 'version' && fault !== 'unanswered') return;
    const isForgiven = fault === 'unanswered' && this.#isVersionProven;
    if (!isForgiven) this.#version = this.#version === 5 ? 4 : 5;
    this.#isVersionProven = false;
  }

  #count(fault: SessionFault): void {
    this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
    this.#options.onFault?.(fault);
  }
}
