import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { decodePayloadV2 } from '../../firmware/attest/m3tering-v2';
import { meterTopic } from '../../firmware/link/topics';
import { failure, type Result, success } from '../../firmware/result';
import type { ConsoleMqtt } from './console-mqtt';
import { type Device, DeviceDirectory, type DirectoryFault, deviceEui } from './device-directory';
import type { EnqueueFault, QueueItem } from './device-service';
import { CONSOLE_PORT, uplinkEvent, uplinkTopic } from './uplink-event';

/**
 * `no-payload`: what a meter sent is none by its length. `foreign-key`: it carries a device id that is not that meter's, as
 * the registry says. `no-registry`: the registry does not answer. `busy`: it is still being asked about that meter's payload of
 * before. `console-away`: nobody was there to take an uplink.
 */
export type ExchangeFault =
  | DirectoryFault
  | EnqueueFault
  | 'no-payload'
  | 'foreign-key'
  | 'no-registry'
  | 'busy'
  | 'console-away';

/** What was passed on, or what was not and why. */
export interface ExchangeReport {
  readonly what: 'uplink' | 'answer' | ExchangeFault;
  /** Absent where no meter has that devEui. */
  readonly m3terId?: bigint;
}

export interface ExchangeOptions {
  /** Of the meters' broker. */
  readonly client: MqttClient;
  readonly chainId: number;
  /** The Console's APPLICATION_ID: no `/`, `+` or `#` in it. */
  readonly applicationId: string;
  /**
   * Whether the registry has this Ed25519 key for another M3ter, or another for this one. Without it a meter that repeats
   * another's payload makes the Console forget that one until it shows its key again. Absent: nobody asks.
   */
  readonly isForeignKey?: (m3terId: bigint, publicKey: Uint8Array) => Promise<boolean>;
  readonly onReport?: (report: ExchangeReport) => void;
}

/** The lengths of an answer: `is_on`, the last nonce or none, latitude, longitude. */
const ANSWER_LENGTHS: readonly number[] = [9, 13];
const PATIENCE_MILLISECONDS = 10_000;

/**
 * Passes payloads on to the Console and its answers to the meters: each once and at once. Nothing is kept for later
 * or sent again, since meter and Console agree by themselves, with nonce 0, on what has arrived; signatures are for the
 * Console to check. That a payload waits for the answer to the one before is the meter's part: the Console drops one that
 * comes meanwhile.
 */
export class ConsoleExchange {
  readonly #options: ExchangeOptions;
  readonly #console: Pick<ConsoleMqtt, 'publish'>;
  readonly #directory: DeviceDirectory;
  readonly #topics: RegExp;
  /** About whose keys the registry is being asked: one question each, however many payloads somebody sends. */
  readonly #asking = new Set<bigint>();

  constructor(options: ExchangeOptions, console: Pick<ConsoleMqtt, 'publish'>) {
    const { chainId } = options;
    this.#options = options;
    this.#console = console;
    this.#directory = new DeviceDirectory(m3terId => deviceEui(chainId, m3terId));
    this.#topics = new RegExp(`^m3ter/${chainId}/(0|[1-9]\\d{0,77})/payload$`);
  }

  /** Takes a message of the meters' broker; those on other topics are none of its business. Never rejects. */
  async takePayload(topic: string, payload: Uint8Array): Promise<void> {
    const [, id] = this.#topics.exec(topic) ?? [];
    if (id === undefined) return;
    const m3terId = BigInt(id);
    const sent = await this.#toConsole(m3terId, payload);
    this.#report({ what: sent.ok ? 'uplink' : sent.fault, m3terId });
  }

  /** What the Console enqueues for a device. @returns the id of the item */
  async takeAnswer(item: QueueItem): Promise<Result<string, EnqueueFault>> {
    const device = this.#directory.find(item.devEui);
    const sent = await this.#toMeter(device, item);
    this.#report({ what: sent.ok ? 'answer' : sent.fault, ...(device && { m3terId: device.m3terId }) });
    return sent;
  }

  async #toConsole(m3terId: bigint, payload: Uint8Array): Promise<Result<void, ExchangeFault>> {
    const decoded = decodePayloadV2(payload);
    if (!decoded.ok) return failure('no-payload');
    const { publicKey } = decoded.value;
    const checked = publicKey === undefined ? success(undefined) : await this.#checkKey(m3terId, publicKey);
    if (!checked.ok) return checked;
    const device = this.#directory.admit(m3terId);
    if (!device.ok) return device;
    const event = uplinkEvent(this.#options, device.value, payload);
    device.value.frames++;
    const topic = uplinkTopic(this.#options.applicationId, device.value);
    return this.#console.publish(topic, JSON.stringify(event)) ? success(undefined) : failure('console-away');
  }

  async #checkKey(m3terId: bigint, publicKey: Uint8Array): Promise<Result<void, ExchangeFault>> {
    const { isForeignKey } = this.#options;
    if (isForeignKey === undefined) return success(undefined);
    if (this.#asking.has(m3terId)) return failure('busy');
    this.#asking.add(m3terId);
    try {
      return (await isForeignKey(m3terId, publicKey)) ? failure('foreign-key') : success(undefined);
    } catch {
      return failure('no-registry');
    } finally {
      this.#asking.delete(m3terId);
    }
  }

  async #toMeter(device: Device | undefined, item: QueueItem): Promise<Result<string, EnqueueFault>> {
    if (device === undefined) return failure('unknown-device');
    if (item.fPort !== CONSOLE_PORT) return failure('wrong-port');
    if (!ANSWER_LENGTHS.includes(item.data.length)) return failure('wrong-length');
    return (await this.#publish(device, item.data)) ? success(randomUUID()) : failure('no-broker');
  }

  /** Whether the meters' broker has it. A late answer is worth nothing, so none waits for the broker to come back. */
  async #publish({ m3terId }: Device, data: Uint8Array): Promise<boolean> {
    const { client, chainId } = this.#options;
    if (!client.connected) return false;
    const topic = meterTopic(chainId, m3terId, 'answer');
    const published = client.publishAsync(topic, Buffer.from(data), { qos: 1 }).then(
      () => true,
      () => false,
    );
    return Promise.race([published, sleep(PATIENCE_MILLISECONDS, false, { ref: false })]);
  }

  #report(report: ExchangeReport): void {
    this.#options.onReport?.(report);
  }
}
