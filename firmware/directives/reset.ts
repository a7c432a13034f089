import { ZERO_ADDRESS } from '../attest/address';
import type { Ledger } from '../ledger/ledger';
import { INITIAL_SETTINGS, type Settings } from '../ledger/state';
import { INITIAL_MEMORY } from '../ledger/supply-memory';

/**
 * Forgets who the meter is and whom it obeys, and all that they have told it but what was bought; the registers, what is
 * acknowledged, the chains and the count of switchings go on. True when it is durable. The settings are the stroke at
 * which it is done, and come last: what a power cut leaves before them is a meter of the same owner, to which the same
 * reset, or the tariff that it has lost, comes again.
 *
 * The version of the roles is kept, in nobody's name: neither a document from before nor roles from before count again.
 */
export function forgetOwner(ledger: Ledger, version: number): boolean {
  const { settings, supplyMemory, tariffs } = ledger;
  const { switchings } = supplyMemory;
  return (
    ledger.save() &&
    (tariffs.length === 0 || ledger.setTariffs([])) &&
    ledger.remember({ ...INITIAL_MEMORY, switchings }) &&
    ledger.update(settingsAfter(settings, version))
  );
}

function settingsAfter({ roles, readings, events, ...rest }: Settings, version: number): Settings {
  return {
    ...INITIAL_SETTINGS,
    roles: { version: roles?.version ?? 0, owner: ZERO_ADDRESS, operator: ZERO_ADDRESS },
    ...{ readings, events, eventsDelivered: rest.eventsDelivered, triedFirmware: rest.triedFirmware },
    resetVersion: version,
    formerReading: readings.sequence,
    formerEvent: events.sequence,
  };
}
