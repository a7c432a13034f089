import type { Ledger } from '../ledger/ledger';
import type { Claim } from './directive';

/**
 * Whether a message says more than the meter knows: a later version, a larger total. What does not is passed over,
 * whoever signed it: a broker gives back with every connection what it retains, also of those who command no more.
 */
export function isNews(ledger: Ledger, { kind, message }: Claim): boolean {
  const { registers, settings, tariffs } = ledger;
  switch (kind) {
    case 'credit':
      return message.credited > registers.credited || message.withdrawn > registers.withdrawn;
    case 'tariff':
      return message.version > (tariffs[tariffs.length - 1]?.version ?? 0);
    case 'supply':
      return message.version > settings.order.version;
    case 'policy':
      return message.version > settings.policy.version;
    case 'roles':
      return message.version > (settings.roles?.version ?? 0);
    case 'reset':
      return message.version > settings.resetVersion;
    case 'acknowledged':
      return message.sequence > ledger.acknowledged;
    case 'firmware':
      return message.version > settings.triedFirmware;
  }
}
