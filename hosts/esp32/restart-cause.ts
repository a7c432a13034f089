import type { RestartCause } from '../../firmware/host';

/** In the order of `guard_cause` in native/guard.h. */
export const RESTART_CAUSES: readonly RestartCause[] = [
  'power',
  'reset',
  'requested',
  'watchdog',
  'memory',
  'crash',
  'brown-out',
];

/**
 * The cause that the guard tells by a number, unless the slots know better.
 * @param wasRolledBack an update did not prove itself and was taken back
 * @throws RangeError for a number that the guard does not know
 */
export function restartCause(code: number, wasRolledBack: boolean): RestartCause {
  const cause = RESTART_CAUSES[code];
  if (cause === undefined)
    throw new RangeError(`code: expected 0 to ${RESTART_CAUSES.length - 1}, got ${code}`);
  return wasRolledBack ? 'rollback' : cause;
}
