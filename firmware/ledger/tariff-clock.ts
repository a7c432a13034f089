import type { Clock } from '../host';
import type { Ledger } from './ledger';
import type { PolicySetting } from './policy';
import { begun, dearestFactor, factorOf, minuteOfWeek, PLAIN_FACTOR, tariffAt } from './tariff';
import type { TariffSetting } from './tariff-setting';

/** ms between two looks at the wall clock, which may be set at any time */
const LOOK_INTERVAL = 1000;
/** Of `PolicySetting.unknownTime` */
const AS_DEAREST = 1;

/**
 * Knows what energy weighs now. The wall clock tells whole seconds: in the last one before the weight may change it is
 * asked at each window, so that the change is as exact as that clock.
 */
export class TariffClock {
  /** Thousandths of what is imported that are debited */
  factor = PLAIN_FACTOR;
  /** Thousandths of what is exported that are earned */
  feedInFactor = 0;
  readonly #clock: Clock;
  #tariffs: readonly TariffSetting[] = [];
  #policy: PolicySetting | undefined;
  /** ms, monotonic */
  #nextLook = 0;
  /** Unix seconds from which on, and before which, the factors stand; 0 while they are guessed */
  #from = 0;
  #until = 0;
  /** With the time they may be others. */
  #isUncertain = false;
  #wasUncertain = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Goes on to this moment; to be called before energy is weighed.
   * @param ledger one that has a tariff
   * @param time ms, monotonic, where it is at hand
   */
  update(ledger: Ledger, time = this.#clock.monotonic()): void {
    const tariffs = ledger.tariffs;
    const policy = ledger.settings.policy;
    const isChanged = tariffs !== this.#tariffs || policy !== this.#policy;
    if (time < this.#nextLook && !isChanged) return;
    this.#tariffs = tariffs;
    this.#policy = policy;
    const now = this.#clock.now();
    if (now === undefined) {
      if (isChanged || this.#until !== 0) this.#guess(tariffs, policy);
      if (this.#isUncertain) this.#wasUncertain = true;
    } else if (isChanged || now < this.#from || now >= this.#until) this.#read(ledger, now);
    this.#nextLook = now !== undefined && now + 1 === this.#until ? time : time + LOOK_INTERVAL;
  }

  /** Whether, since it was last asked, energy was weighed that may weigh otherwise, because the time was unknown. */
  takeUncertainty(): boolean {
    const wasUncertain = this.#wasUncertain;
    this.#wasUncertain = false;
    this.#nextLook = 0;
    return wasUncertain;
  }

  #read(ledger: Ledger, now: number): void {
    const tariffs = ledger.tariffs;
    const holds = tariffAt(tariffs, now);
    const minute = minuteOfWeek(ledger.settings.policy.utcOffset, now);
    this.factor = holds === undefined ? PLAIN_FACTOR : factorOf(holds, minute);
    this.feedInFactor = holds?.feedInFactor ?? 0;
    this.#from = now;
    this.#until = now - (now % 60) + 60;
    const last = tariffs[tariffs.length - 1];
    if (last !== undefined && last.validFrom > now) this.#until = Math.min(this.#until, last.validFrom);
    // Durable, so that a restart that does not know the time does not go back to the one before.
    if (holds !== undefined && holds.validFrom > 0) ledger.setTariffs([begun(holds)]);
  }

  #guess(tariffs: readonly TariffSetting[], policy: PolicySetting): void {
    const [present, later] = tariffs;
    this.factor = policy.unknownTime === AS_DEAREST ? dearestFactor(tariffs) : PLAIN_FACTOR;
    this.feedInFactor = present?.validFrom === 0 ? present.feedInFactor : 0;
    this.#until = 0;
    // Of one that holds from ever on, and at all times alike, nothing is unknown.
    const isTimeless = later === undefined && present?.validFrom === 0 && present.bands.length === 0;
    this.#isUncertain = !isTimeless;
  }
}
