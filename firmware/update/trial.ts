import type { Clock, Timer } from '../host';

export interface Health {
  /** Windows flow, the relay is decided about, ledger and log are sound. */
  isWell(): boolean;
  isOnline(): boolean;
  /** There was a session with the broker before the update, so there must be one after it. */
  readonly mustConnect: boolean;
}

/** ms of health without a break after which a firmware has proved itself */
export const PROOF = 600_000;
/** ms of ill health without a break that are enough, the time it takes to start included */
export const PATIENCE = 60_000;
/** ms after which a firmware that could not prove itself has failed; long enough for a broker's bad hour */
export const DEADLINE = 3_600_000;
/** ms */
const LOOK = 1000;

/**
 * Decides about a firmware that is on trial, from now on. It has proved itself once the meter has been well for `PROOF` on
 * end and, where there was one before, a session with the broker came about. It has failed when the meter has been ill for
 * `PATIENCE` on end, or nothing is proved by the `DEADLINE`.
 * @param rollBack takes the firmware back
 * @param confirm keeps it; false when that failed, and is tried again
 * @returns ends it undecided: the next restart takes the firmware back
 */
export function beginTrial(
  clock: Clock,
  { isWell, isOnline, mustConnect }: Health,
  rollBack: () => void,
  confirm: () => boolean,
): () => void {
  const begunAt = clock.monotonic();
  /** When it last became well or ill. */
  let since = begunAt;
  let wasWell = false;
  let hasConnected = !mustConnect;
  let timer: Timer | undefined;
  const look = () => {
    const now = clock.monotonic();
    const isWellNow = isWell();
    if (isWellNow !== wasWell) since = now;
    wasWell = isWellNow;
    hasConnected ||= isOnline();
    const lasted = now - since;
    if (wasWell && hasConnected && lasted >= PROOF && confirm()) return;
    if ((!wasWell && lasted >= PATIENCE) || now - begunAt >= DEADLINE) rollBack();
    else timer = clock.after(LOOK, look);
  };
  look();
  return () => timer?.cancel();
}
