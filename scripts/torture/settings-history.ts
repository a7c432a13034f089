import { INITIAL_POLICY, type PolicySetting } from '../../firmware/ledger/policy';
import type { Settings } from '../../firmware/ledger/state';
import { KeptHistory } from './kept-history';

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
      return { policy: policyOf(version) };
    case 'calibration':
      return { calibration: block(32) };
    case 'readings':
    case 'events':
      return { [name]: { sequence: version, digest: block(32, 2) } };
    case 'eventsDelivered':
      return { eventsDelivered: version };
  }
}

/** Every third says something that the second format of the settings has no room for. */
function policyOf(version: number): PolicySetting {
  const policy = { ...INITIAL_POLICY, version, sealed: version % 2, sag: 100 + (version % 800) };
  return version % 3 === 0 ? { ...policy, debtLimit: version, utcOffset: version % 1000 } : policy;
}

/** What the settings are known to be, and what they may be instead while a change of them is under way. */
export class SettingsHistory extends KeptHistory<Settings> {
  readonly #versions = new Map<Versioned, number>();

  /** A version that is higher than any that was tried before. */
  next(name: Versioned, first: number): number {
    const version = (this.#versions.get(name) ?? first) + 1;
    this.#versions.set(name, version);
    return version;
  }

  change(name: Versioned, version: number): void {
    this.attempt({ ...this.known, ...settingOf(name, version) });
  }
}
