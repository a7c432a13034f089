import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import type { Settings } from '../../firmware/ledger/state';
import { BrokenPromise } from './promises';

/** What of the settings has a version, or a number that only grows. */
export type Versioned =
  | 'order'
  | 'roles'
  | 'policy'
  | 'calibration'
  | 'readings'
  | 'events'
  | 'eventsDelivered';

/** What a setting is in a version: all of it follows from the number, so that a mixture shows. */
export function settingOf(name: Versioned, version: number): Partial<Settings> {
  const block = (length: number, change = 0) => new Uint8Array(length).fill(version + change);
  switch (name) {
    case 'order':
      return { order: { version, state: version % 2, powerLimit: version * 7, until: version * 1000 } };
    case 'roles':
      return { roles: { version, owner: block(20), operator: block(20, 1) } };
    case 'policy':
      return { policy: { ...INITIAL_POLICY, version, sealed: version % 2, sag: 100 + (version % 800) } };
    case 'calibration':
      return { calibration: block(32) };
    case 'readings':
    case 'events':
      return { [name]: { sequence: version, digest: block(32, 2) } };
    case 'eventsDelivered':
      return { eventsDelivered: version };
  }
}

/** What the settings are known to be, and what they may be instead while a change of them is under way. */
export class SettingsHistory {
  readonly #versions = new Map<Versioned, number>();
  #known: Settings;
  #attempted: Settings;

  constructor(known: Settings) {
    this.#known = known;
    this.#attempted = known;
  }

  /** A version that is higher than any that was tried before. */
  next(name: Versioned, first: number): number {
    const version = (this.#versions.get(name) ?? first) + 1;
    this.#versions.set(name, version);
    return version;
  }

  attempt(name: Versioned, version: number): void {
    this.#attempted = { ...this.#known, ...settingOf(name, version) };
  }

  /** It was reported to be done: no power cut may take it back. */
  settle(): void {
    this.#known = this.#attempted;
  }

  /** The power failed, and this is what came back. @throws BrokenPromise */
  recover(found: Settings): void {
    const text = textOf(found);
    if (text !== textOf(this.#known)) {
      if (text !== textOf(this.#attempted))
        throw new BrokenPromise('settings undone', `expected ${textOf(this.#known)}, got ${text}`);
      this.#known = this.#attempted;
    }
    this.#attempted = this.#known;
  }
}

function textOf(settings: Settings): string {
  return JSON.stringify(settings, (_, value) =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString('hex')
      : typeof value === 'bigint'
        ? `${value}`
        : value,
  );
}
