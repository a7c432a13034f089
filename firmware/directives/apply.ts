import { milliwattHours } from '../energy';
import type { Ledger } from '../ledger/ledger';
import { withTariff } from '../ledger/tariff';
import type { Directive } from './directive';
import { isNews } from './news';
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
  if (!isNews(ledger, directive)) return 'stale';
  switch (directive.kind) {
    case 'credit': {
      const { credited, withdrawn } = directive.message;
      const change = ledger.credit(milliwattHours(credited), milliwattHours(withdrawn));
      return change.ok ? 'applied' : change.fault;
    }
    case 'tariff': {
      const { version, validFrom, feedInFactor, bands } = directive.message;
      const tariff = { version, validFrom, feedInFactor, bands };
      return applied(ledger.setTariffs(withTariff(ledger.tariffs, tariff, now)));
    }
    case 'supply': {
      const { version, state, powerLimit, until } = directive.message;
      return applied(ledger.update({ order: { version, state, powerLimit, until } }));
    }
    case 'policy': {
      const { m3terId: _m3terId, ...policy } = directive.message;
      return applied(ledger.update({ policy }));
    }
    case 'roles': {
      const { version, owner, operator } = directive.message;
      return applied(ledger.update({ roles: { version, owner, operator } }));
    }
    case 'reset':
      return applied(forgetOwner(ledger, directive.message.version));
    case 'acknowledged': {
      const { sequence } = directive.message;
      if (sequence > lastReading) return 'impossible';
      ledger.acknowledge(sequence);
      return 'applied';
    }
  }
}

function applied(durable: boolean): Outcome {
  return durable ? 'applied' : 'flash-failed';
}
