import type { Clock, Timer } from './host';

/** A long computation that pauses at every `yield`: what it returns is its result. */
export type Steps<Value> = Generator<undefined, Value, undefined>;

/**
 * Runs a long computation a step a turn, so that windows get their turns in between.
 * @param onDone called with the result, in the turn of the last step; never within this call
 */
export function inTurns<Value>(clock: Clock, steps: Steps<Value>, onDone: (result: Value) => void): Timer {
  let timer: Timer;
  const step = () => {
    const { done, value } = steps.next();
    if (done) onDone(value);
    else timer = clock.after(0, step);
  };
  timer = clock.after(0, step);
  return { cancel: () => timer.cancel() };
}
