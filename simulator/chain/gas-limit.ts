/** Percent of the estimate. */
const MARGIN = 120n;

/** What a transaction may use of gas, by what it is estimated to: others may be mined before it, and change that. */
export function gasLimit(estimate: bigint): bigint {
  return (estimate * MARGIN) / 100n;
}
