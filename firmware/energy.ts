declare const energyUnit: unique symbol;

/**
 * Energy as an integer count of milliwatt-hours (10⁻⁶ kWh), the one unit of energy inside the meter and on the
 * wire. Integers up to 2⁵³ − 1 are exact: 9 TWh.
 */
export type MilliwattHours = number & { readonly [energyUnit]: 'mWh' };

/** The largest energy that a register, a directive or the flash journal (48 bits, 281 GWh) can hold. */
export const MAX_ENERGY = (2 ** 48 - 1) as MilliwattHours;

/**
 * Brands a whole number of mWh.
 * @throws RangeError when `count` is not an integer of −(2⁴⁸−1) to 2⁴⁸−1.
 */
export function milliwattHours(count: number): MilliwattHours {
  if (!Number.isInteger(count) || Math.abs(count) > MAX_ENERGY)
    throw new RangeError(`energy: expected whole mWh within ±${MAX_ENERGY}, got ${count}`);
  return count as MilliwattHours;
}

/** kWh, possibly fractional, to the nearest whole mWh. */
export function kilowattHours(count: number): MilliwattHours {
  return milliwattHours(Math.round(count * 1e6));
}

/** Wh, possibly fractional, to the nearest whole mWh. */
export function wattHours(count: number): MilliwattHours {
  return milliwattHours(Math.round(count * 1e3));
}

/** For people to read; never for arithmetic that is stored. */
export function toKilowattHours(energy: MilliwattHours): number {
  return energy / 1e6;
}

export function add(a: MilliwattHours, b: MilliwattHours): MilliwattHours {
  return milliwattHours(a + b);
}

export function subtract(a: MilliwattHours, b: MilliwattHours): MilliwattHours {
  return milliwattHours(a - b);
}
