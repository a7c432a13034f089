import { type MilliwattHours, milliwattHours, wattHours } from '../../../firmware/energy';
import type { Network, Sensor } from '../../../firmware/host';
import { Ledger } from '../../../firmware/ledger/ledger';
import { Meter } from '../../../firmware/meter';
import type { VirtualClock } from '../../../hosts/mock/clock';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { MockRelay } from '../../../hosts/mock/relay';
import { cached } from '../../support/cached-crypto';
import { crypto as plainCrypto } from '../../support/messages';
import { DEVICE, linkOffer } from '../../support/meter-rig';

const crypto = cached(plainCrypto);
/** Nothing answers. */
const NOWHERE: Network = { open: () => ({ read: () => undefined, write() {}, close() {} }) };

/** A linked meter with 1 kWh of credit, not started yet. */
export function creditedMeter(clock: VirtualClock, sensor: Sensor): Meter {
  const flash = emulatedFlash('chips');
  const host = {
    ...{ clock, sensor, crypto, flash, network: NOWHERE },
    relay: new MockRelay(() => {}),
    secrets: { seed: () => DEVICE.privateKey },
  };
  const linked = new Meter(host, { calibration: [] }).link(linkOffer());
  if (!linked.ok) throw new Error(linked.fault);
  const ledger = Ledger.open(flash.ledger);
  if (!ledger.ok) throw new Error(ledger.fault);
  ledger.value.credit(wattHours(1000), wattHours(0));
  return new Meter(host, { calibration: [] });
}

/** What a meter has debited of its credit so far. @throws Error when its ledger is lost */
export function debited(meter: Meter): MilliwattHours {
  if (meter.registers === undefined) throw new Error('expected registers');
  return milliwattHours(meter.registers.debited);
}
