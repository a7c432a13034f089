/** Something whose state is constant between known moments, each a whole second. */
export interface Steps {
  /** s: the moment until which the present state holds; always later than the moment last advanced to. */
  readonly nextChange: number;
  /** Makes every change up to and including `to` (s). The state depends on `to` alone, not on the stops on the way. */
  advance(to: number): void;
}
