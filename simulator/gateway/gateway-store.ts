import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open as openDatabase, type RootDatabase } from 'lmdb';
import { z } from 'zod';
import { lockDirectory } from '../../hosts/node/directory-lock';
import type { Place } from '../chain/payments';
import { Failure } from '../errors';
import {
  type DeviceRecord,
  deviceRecord,
  type IdentityRecord,
  type IntentRecord,
  identityRecord,
  intentRecord,
  type MeterRecord,
  type MinedProof,
  meterRecord,
  minedRecord,
  placesRecord,
  type ReadingKey,
  toJson,
} from './store-records';

/** A reading as it came. */
export interface StoredReading {
  /** 32 bytes: what the next one is chained to. */
  readonly digest: Uint8Array;
  readonly envelope: Uint8Array;
}

const TABLES = ['state', 'meters', 'devices', 'readings', 'events', 'refused', 'aside'] as const;
type Table = (typeof TABLES)[number];
type Key = string | [string, number];

/** One entry of a change; without a value it is taken away. */
export interface Put {
  readonly table: Table;
  readonly key: Key;
  readonly value?: Uint8Array;
}

export interface StoreOptions {
  /** Whether it outlives the computer's failure; true when absent. A simulation, which throws it away, need not wait for that. */
  readonly durable?: boolean;
}

const DIGEST_LENGTH = 32;
/** Of the refused readings of a meter the last are kept. */
const REFUSED_KEPT = 32;
/** Bytes of each: a reading has some 300, and what is none can be as long as the broker lets it. */
const REFUSED_LENGTH = 1024;
const text = new TextEncoder();

/**
 * What a gateway must not forget, in LMDB:
 *
 *     state     'identity', 'places', 'intent', 'mined' → JSON (store-records.ts)
 *     meters    token id, decimal → JSON
 *     devices   address, hex → JSON
 *     readings  [device, sequence] → digest 32 | envelope as it came
 *     events    [device, sequence] → envelope as it came
 *     refused   [token id, n mod 32] → fault, a line feed, then the bytes as they came, 1024 at most
 *     aside     [device, sequence] → the error with which the contract refuses this reading
 */
export class GatewayStore {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #tables: Readonly<Record<Table, Database<Buffer, Key>>>;
  readonly #unlock: () => void;
  #waiting: Put[] = [];
  /** The commit that takes what is waiting. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  /** @throws Failure when the directory cannot be, is in use, or holds what is no store of this version */
  static open(directory: string, { durable = true }: StoreOptions = {}): GatewayStore {
    let unlock: (() => void) | undefined;
    try {
      mkdirSync(directory, { recursive: true });
      unlock = lockDirectory(directory);
      return new GatewayStore(directory, unlock, durable);
    } catch (error) {
      unlock?.();
      if (error instanceof Failure) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Failure(
        typeof code === 'string'
          ? `${directory}: expected a directory to keep state in, got ${code}`
          : message.includes(directory)
            ? message
            : `${directory}: expected a gateway's state, got ${message}`,
      );
    }
  }

  private constructor(directory: string, unlock: () => void, durable: boolean) {
    this.#unlock = unlock;
    const options = { encoding: 'binary', maxDbs: TABLES.length, noSync: !durable } as const;
    this.#root = openDatabase({ path: join(directory, 'gateway.mdb'), ...options });
    const open = (name: Table) => this.#root.openDB<Buffer, Key>({ name, encoding: 'binary' });
    this.#tables = Object.fromEntries(TABLES.map(name => [name, open(name)])) as Record<
      Table,
      Database<Buffer, Key>
    >;
  }

  /** Why nothing can be written any more; undefined while all is well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Makes a new store this gateway's. @throws Failure when it is another's */
  async identify(identity: IdentityRecord): Promise<void> {
    const found = this.#read('state', 'identity', identityRecord);
    if (found === undefined) return this.write([jsonPut('state', 'identity', identity)]);
    for (const name of Object.keys(identity) as (keyof IdentityRecord)[])
      if (found[name] !== identity[name])
        throw new Failure(`state: expected that of ${name} ${identity[name]}, got one of ${found[name]}`);
  }

  get places(): readonly Place[] {
    return this.#read('state', 'places', placesRecord) ?? [];
  }

  get intent(): IntentRecord | undefined {
    return this.#read('state', 'intent', intentRecord);
  }

  get mined(): readonly MinedProof[] {
    return this.#read('state', 'mined', minedRecord) ?? [];
  }

  *meters(): Iterable<readonly [bigint, MeterRecord]> {
    for (const { key, value } of this.#tables.meters.getRange())
      yield [BigInt(key as string), parse('meters', key, value, meterRecord)];
  }

  *devices(): Iterable<readonly [string, DeviceRecord]> {
    for (const { key, value } of this.#tables.devices.getRange())
      yield [key as string, parse('devices', key, value, deviceRecord)];
  }

  /** As it was last flushed. */
  reading(key: ReadingKey): StoredReading | undefined {
    const value = this.#tables.readings.get(key);
    return value && split(value);
  }

  /** Readings of a device after one and up to another, in their order, as they were last flushed. */
  *readings(
    device: string,
    after: number,
    upTo: number,
  ): Iterable<{ readonly key: ReadingKey; readonly envelope: Uint8Array }> {
    const range = { start: [device, after + 1] as Key, end: [device, upTo + 1] as Key };
    for (const { key, value } of this.#tables.readings.getRange(range))
      yield { key: key as ReadingKey, envelope: split(value).envelope };
  }

  /** Events of a device after one and up to another, likewise. */
  *events(device: string, after: number, upTo: number): Iterable<Uint8Array> {
    const range = { start: [device, after + 1] as Key, end: [device, upTo + 1] as Key };
    for (const { value } of this.#tables.events.getRange(range)) yield new Uint8Array(value);
  }

  /** Readings that were set aside, and why. */
  *aside(): Iterable<{ readonly key: ReadingKey; readonly error: string }> {
    for (const { key, value } of this.#tables.aside.getRange())
      yield { key: key as ReadingKey, error: value.toString() };
  }

  /** Refused readings that are kept, with their fault. */
  *refused(): Iterable<{ readonly m3terId: bigint; readonly fault: string; readonly payload: Uint8Array }> {
    for (const { key, value } of this.#tables.refused.getRange()) {
      const end = value.indexOf('\n');
      const [m3terId] = key as ReadingKey;
      yield {
        m3terId: BigInt(m3terId),
        fault: value.toString('latin1', 0, end),
        payload: new Uint8Array(value.subarray(end + 1)),
      };
    }
  }

  /**
   * All of it or nothing. Resolves when it is on the disk, together with what else was to be written meanwhile: one flush
   * serves many meters. Rejects when it cannot be, and from then on always: what is in memory is ahead of the disk then.
   */
  write(puts: readonly Put[]): Promise<void> {
    this.#waiting.push(...puts);
    this.#next ??= this.#commitNext();
    return this.#next;
  }

  async close(): Promise<void> {
    await (this.#next ?? this.#last).catch(() => undefined);
    const closed = this.#root.close();
    // one that could not write never says that it is closed
    if (this.#failure === undefined) await closed;
    this.#failure ??= new Error('store: expected to be open, got closed before');
    this.#unlock();
  }

  async #commitNext(): Promise<void> {
    await this.#last.catch(() => undefined);
    // what the broker has sent in one piece is taken packet by packet in turns of its own
    await new Promise(resolve => setImmediate(resolve));
    const puts = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    this.#last = this.#commit(puts);
    await this.#last;
  }

  async #commit(puts: readonly Put[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#root.transaction(() => {
        for (const { table, key, value } of puts)
          if (value === undefined) this.#tables[table].remove(key);
          else this.#tables[table].put(key, Buffer.from(value));
      });
      // a commit is visible before it is durable
      await this.#root.flushed;
    } catch (error) {
      this.#failure = new Failure(`state: expected to be writable, got ${await commitFault(error)}`);
      throw this.#failure;
    }
  }

  #read<Schema extends z.ZodType>(table: Table, key: Key, schema: Schema): z.output<Schema> | undefined {
    const value = this.#tables[table].get(key);
    return value === undefined ? undefined : parse(table, key, value, schema);
  }
}

export function meterPut(m3terId: bigint, record: MeterRecord): Put {
  return jsonPut('meters', `${m3terId}`, record);
}

export function devicePut(device: string, record: DeviceRecord): Put {
  return jsonPut('devices', device, record);
}

export function readingPut(key: ReadingKey, { digest, envelope }: StoredReading): Put {
  const value = new Uint8Array(DIGEST_LENGTH + envelope.length);
  value.set(digest);
  value.set(envelope, DIGEST_LENGTH);
  return { table: 'readings', key, value };
}

export function eventPut(key: ReadingKey, envelope: Uint8Array): Put {
  return { table: 'events', key, value: envelope };
}

/** @param number of those refused before, of this meter */
export function refusedPut(m3terId: bigint, number: number, fault: string, payload: Uint8Array): Put {
  const value = Buffer.concat([text.encode(`${fault}\n`), payload.subarray(0, REFUSED_LENGTH)]);
  return { table: 'refused', key: [`${m3terId}`, number % REFUSED_KEPT], value };
}

export function asidePut(key: ReadingKey, error: string): Put {
  return { table: 'aside', key, value: text.encode(error) };
}

export function placesPut(places: readonly Place[]): Put {
  return jsonPut('state', 'places', places);
}

/** @param intent undefined: there is none any more */
export function intentPut(intent: IntentRecord | undefined): Put {
  return intent === undefined ? { table: 'state', key: 'intent' } : jsonPut('state', 'intent', intent);
}

export function minedPut(mined: readonly MinedProof[]): Put {
  return jsonPut('state', 'mined', mined);
}

function jsonPut(table: Table, key: string, record: object): Put {
  return { table, key, value: text.encode(toJson(record)) };
}

function split(value: Buffer): StoredReading {
  const bytes = new Uint8Array(value);
  return { digest: bytes.subarray(0, DIGEST_LENGTH), envelope: bytes.subarray(DIGEST_LENGTH) };
}

/** What the system says of a commit that failed: LMDB's own error only leads to it. */
async function commitFault(error: unknown): Promise<string> {
  const { message, commitError } = error as Error & { readonly commitError?: Promise<never> };
  return (await commitError?.catch((cause: Error) => cause.message)) ?? message;
}

/** @throws Failure when it is not what the schema says */
function parse<Schema extends z.ZodType>(
  table: Table,
  key: unknown,
  value: Buffer,
  schema: Schema,
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch {
    json = undefined;
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = z.prettifyError(parsed.error).replace(/\s+/g, ' ');
  throw new Failure(`state, ${table} ${String(key)}: expected a record of version 1, got another: ${issue}`);
}
