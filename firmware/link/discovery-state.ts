import { ascii } from '../bytes';
import type { MilliwattHours } from '../energy';
import type { Measurement } from '../host';
import type { Registers } from '../ledger/state';
import { NO_PHASE_MEASUREMENT } from '../metrology/believable';
import type { SupplyReason } from '../supply/supply-reason';

/** What a smart home is told. */
export interface HomeState {
  /** As they are on flash: a total that goes back counts as a meter that begins anew. */
  readonly registers: Registers;
  /** mWh; below zero is debt */
  readonly balance: MilliwattHours;
  /** Of phases that may be `NO_PHASE_MEASUREMENT` */
  readonly measurement: Measurement;
  /** Undefined until there was a decision. */
  readonly supply: { readonly closed: boolean; readonly reason: SupplyReason | undefined };
  /** The meter is not as it should be. */
  readonly isFaulty: boolean;
  /** h; undefined where there is no forecast */
  readonly hoursLeft: number | undefined;
  /** Sequence; 0 for none */
  readonly lastReading: number;
}

/**
 * A line of JSON, the only one on the wire: no smart home reads CBOR. Energies in kWh, V, A, W and Hz; `null` for what is
 * not known, which Home Assistant's templates make `None` of and its sensors "unknown", never a zero.
 */
export function discoveryState(state: HomeState): Uint8Array {
  const { registers, balance, measurement, supply, isFaulty, hoursLeft, lastReading } = state;
  const { closed, reason } = supply;
  // The totals' text is made here: JSON has no decimals but those of a binary fraction.
  const totals = [
    `"imported":${kilowattHoursText(registers.imported)}`,
    `"exported":${kilowattHoursText(registers.exported)}`,
    `"feed_in":${kilowattHoursText(registers.feedIn)}`,
    `"balance":${kilowattHoursText(balance)}`,
  ].join();
  const rest = JSON.stringify({
    ...measured(measurement),
    supply: reason === undefined ? null : onOrOff(closed),
    reason: reason ?? null,
    problem: onOrOff(isFaulty || reason === 'fault'),
    hours_left: hoursLeft ?? null,
    reading: lastReading || null,
  });
  return ascii(`{${totals},${rest.slice(1)}`);
}

/** Exactly that energy in kWh, with six decimals. */
export function kilowattHoursText(energy: MilliwattHours): string {
  const magnitude = Math.abs(energy);
  const fraction = magnitude % 1e6;
  return `${energy < 0 ? '-' : ''}${(magnitude - fraction) / 1e6}.${String(fraction).padStart(6, '0')}`;
}

function measured({ phases, frequency }: Measurement): object {
  const power = phases.reduce((sum, { activePower }) => sum + activePower, 0);
  const values: Record<string, number | null> = {
    power: phases.includes(NO_PHASE_MEASUREMENT) ? null : rounded(power, 10),
    // a chip may not tell it, and without mains there is none
    frequency: frequency > 0 ? rounded(frequency, 100) : null,
  };
  phases.forEach((phase, p) => {
    const isKnown = phase !== NO_PHASE_MEASUREMENT;
    values[`voltage${p + 1}`] = isKnown ? rounded(phase.voltage, 10) : null;
    values[`current${p + 1}`] = isKnown ? rounded(phase.current, 1000) : null;
  });
  return values;
}

/** To one part of so many. */
function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

/** As Home Assistant's binary sensors have it. */
function onOrOff(isOn: boolean): 'ON' | 'OFF' {
  return isOn ? 'ON' : 'OFF';
}
