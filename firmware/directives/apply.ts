import { milliwattHours } from '../energy';
import type { Ledger } from '../ledger/ledger';
import { withTariff } from '../ledger/tariff';
import type { Directive } from './directive';
import { forgetOwner } from './reset';

/**
 * `applied`: durable, and something changed. `stale`: the meter knows as much or more. `impossible`: contradicts what
 * the meter knows, as an acknowledgement of readings that were never made. `flash-failed`: nothing changed.
 * `unsupported`: this meter has no slot for other firmware.
 */
export type Outcome = 'applied' | 'stale' | 'impossible' | 'flash-failed' | 'unsupported';

/** All that is done by what the ledger holds; a release is received first. */
export type LedgerDirective = Exclude<Directive, { readonly kind: 'firmware' }>;

/**
 * Does what a verified directive says. Everything is cumulative or versioned, so that lost, repeated and reordered
 * directives need no care.
 * @param lastReading sequence of the last reading that was made
 * @param now Unix seconds; undefined while they are unknown
 */
export function applyDirective(
  ledger: Ledger,
  directive: LedgerDirective,
  lastReading: number,
  now: number | undefined,
): Outcome {
  const { settings } = ledger;
  switch (directive.kind) {
    case 'credit': {
      const { credited, withdrawn } = directive.message;
      const change = ledger.credit(milliwattHours(credited), milliwattHours(withdrawn));
      if (!change.ok) return change.fault;
      return change.value.credited > 0 || change.value.withdrawn > 0 ? 'applied' : 'stale';
    }
    case 'tariff': {
      const { version, validFrom, feedInFactor, bands } = directive.message;
      const { tariffs } = ledger;
      if (version <= (tariffs[tariffs.length - 1]?.version ?? 0)) return 'stale';
      const tariff = { version, validFrom, feedInFactor, bands };
      return applied(ledger.setTariffs(withTariff(tariffs, tariff, now)));
    }
    case 'supply': {
      const { version, state, powerLimit, until } = directive.message;
      if (version <= settings.order.version) return 'stale';
      return applied(ledger.update({ order: { version, state, powerLimit, until } }));
    }
    case 'policy': {
      const { m3terId: _m3terId, ...policy } = directive.message;
      if (policy.version <= settings.policy.version) return 'stale';
      return applied(ledger.update({ policy }));
    }
    case 'roles': {
      const { version, owner, operator } = directive.message;
      if (version <= (settings.roles?.version ?? 0)) return 'stale';
      return applied(ledger.update({ roles: { version, owner, operator } }));
    }
    case 'reset': {
      const { version } = directive.message;
      return version <= settings.resetVersion ? 'stale' : applied(forgetOwner(ledger, version));
    }
    case 'acknowledged': {
      const { sequence } = directive.message;
      if (sequence > lastReading) return 'impossible';
      if (sequence <= ledger.acknowledged) return 'stale';
      ledger.acknowledge(sequence);
      return 'applied';
    }
  }
}

function applied(durable: boolean): Outcome {
  return durable ? 'applied' : 'flash-failed';
}
