import { detailNumber, detailText, NO_DETAIL } from '../attest/event';
import type { MilliwattHours } from '../energy';
import type { Host, PhaseMeasurement } from '../host';
import type { Ledger } from '../ledger/ledger';
import { INITIAL_POLICY, type PolicySetting, trustsConsoleWord } from '../ledger/policy';
import type { OrderSetting, Settings } from '../ledger/state';
import type { Hearing } from '../metrology/silence-watch';
import { failure, type Result, success } from '../result';
import { BalanceWarning } from './balance-warning';
import { Contactor, type Note } from './contactor';
import { Exhaustion } from './exhaustion';
import { isSupplying, judge, type SupplyConditions } from './judge';
import { LoadLimit } from './load-limit';
import { MemoryKeeper } from './memory-keeper';
import { ReconnectDelay } from './reconnect-delay';
import type { SupplyReason } from './supply-reason';
import { TamperWatch } from './tamper-watch';
import { VoltageGuard } from './voltage-guard';

/** What an operator may order: `on` is supply as the balance allows, `off` is none. */
export const ORDER_STATES = { off: 0, on: 1 } as const;

/** `emergency`: the emergency credit is taken. `armed`: what waited for somebody at the meter waits no more. */
export type Granted = 'emergency' | 'armed';
/** `used`: the emergency credit, since the last purchase. */
export type AskFault = 'not-needed' | 'not-allowed' | 'used' | 'flash-failed';

/** The parts of a host that supply needs. */
export type SupplyHost = Pick<Host, 'relay' | 'clock' | 'crypto' | 'tamper' | 'restart'>;

/** Reasons that nobody at the meter can do anything about. */
const FORBIDDING: readonly SupplyReason[] = ['fault', 'unlinked', 'tamper', 'ordered', 'suspended'];
/** An order that has lapsed. */
const LAPSED = { state: ORDER_STATES.on, powerLimit: 0, until: 0 };
/** ms between two looks at what changes by the wall clock */
const LOOK_INTERVAL = 1000;
/** mWh in a Wh */
const WATT_HOUR = 1000;

/**
 * Decides whether the relay should be closed, and drives it. It is not closed before the sensor is heard; it is opened
 * at once.
 */
export class Supply {
  readonly #host: SupplyHost;
  readonly #ledger: Ledger | undefined;
  readonly #note: Note;
  readonly #conditions = initialConditions();
  readonly #memory: MemoryKeeper;
  readonly #contactor: Contactor;
  readonly #exhaustion: Exhaustion;
  readonly #load = new LoadLimit();
  readonly #voltage = new VoltageGuard();
  readonly #delay: ReconnectDelay;
  readonly #warning = new BalanceWarning();
  readonly #tamper: TamperWatch | undefined;
  #settings: Settings | undefined;
  #policy = INITIAL_POLICY;
  #order: OrderSetting | undefined;
  /** W that the order allows; 0: no limit */
  #orderLimit = 0;
  /** W in force; undefined before any is known */
  #limit: number | undefined;
  /** ms, monotonic */
  #nextLook = 0;
  #balance: MilliwattHours | undefined;
  #reason: SupplyReason | undefined;

  /**
   * @param ledger undefined when it could not be restored: nothing is supplied
   * @param limits of each phase, see `Contactor`
   * @param isOnBench it supplies while it is not linked
   */
  constructor(
    host: SupplyHost,
    ledger: Ledger | undefined,
    limits: readonly number[],
    note: Note,
    isOnBench = false,
  ) {
    this.#conditions.isOnBench = isOnBench;
    this.#host = host;
    this.#ledger = ledger;
    this.#note = note;
    this.#memory = new MemoryKeeper(ledger);
    this.#contactor = new Contactor(host.relay, this.#memory, limits, note);
    this.#exhaustion = new Exhaustion(this.#conditions, this.#memory);
    this.#delay = new ReconnectDelay(host.crypto);
    if (host.tamper !== undefined) this.#tamper = new TamperWatch(host.tamper);
    this.#takePolicy(INITIAL_POLICY);
  }

  /** mWh, as of the last decision; undefined when it could not be restored */
  get balance(): MilliwattHours | undefined {
    return this.#balance;
  }

  /** Undefined before the first decision. */
  get reason(): SupplyReason | undefined {
    return this.#reason;
  }

  get closed(): boolean {
    return isSupplying(this.#reason);
  }

  get isBalanceLow(): boolean {
    return this.#warning.level >= 1;
  }

  get isBalanceCritical(): boolean {
    return this.#warning.level === 2;
  }

  /** The relay's contact does not do as it is told. */
  get isRelayFaulty(): boolean {
    return this.#contactor.isFaulty;
  }

  /** The case was opened, and no order came since. */
  get isTampered(): boolean {
    return this.#memory.now.isTampered;
  }

  /** How often the relay was told to close or to open, ever. */
  get switchings(): number {
    return this.#memory.now.switchings;
  }

  /** Before the first decision. What was known before the restart is no news, and what was cut then goes on to be. */
  begin(): void {
    if (this.#ledger === undefined) return;
    const { settings, balance } = this.#ledger;
    const { loadCuts, cutsUnder } = this.#memory.now;
    const time = this.#host.clock.monotonic();
    this.#takeSettings(settings);
    this.#warning.take(balance);
    if (balance > 0) this.#exhaustion.end();
    const isClosed = this.#contactor.isClosed;
    if (cutsUnder === settings.order.version) this.#load.resume(loadCuts, isClosed ? undefined : time);
    const { restart } = this.#host;
    const isBlackout = restart === 'power' || restart === 'brown-out';
    // One that is new has no turn: nobody waits for it but whoever installs it.
    if (isBlackout && !isClosed && settings.link !== undefined)
      this.#delay.waitTurn(settings.policy.reconnectSpread * 1000, time);
  }

  /** The meter was reset: what the ledger remembers was changed. To be followed by a decision. */
  forget(): void {
    this.#memory.reload();
    this.#load.forget();
  }

  /**
   * Takes the word of a M3tering Console, which counts where the policy trusts it. It holds through power cuts; taken back, it
   * leaves what there would be without it. To be followed by a decision.
   */
  suspend(isSuspended: boolean): void {
    this.#memory.set('isSuspended', isSuspended && trustsConsoleWord(this.#policy));
  }

  /** Takes the voltages of a window that is believed, before the decision. @param time ms, monotonic */
  takeVoltages(phases: readonly PhaseMeasurement[], time: number): void {
    if (!this.#voltage.take(phases, time)) return;
    const conditions = this.#conditions;
    const wasLow = conditions.isUndervoltage;
    conditions.isOvervoltage = this.#voltage.isOvervoltage;
    conditions.isUndervoltage = this.#voltage.isUndervoltage;
    if (wasLow && !conditions.isUndervoltage) this.#delay.waitTurn(this.#policy.reconnectSpread * 1000, time);
  }

  /**
   * Decides and drives the relay at once. True when the reason is another than before; supply waits for the sensor.
   * @param isSound whether nothing of the meter's own keeps it from supplying
   * @param power W imported, all phases
   * @param time ms, monotonic
   */
  decide(isSound: boolean, sensor: Hearing, power: number, time: number): boolean {
    const conditions = this.#conditions;
    conditions.isSound = isSound && sensor !== 'silent';
    if (this.#ledger !== undefined) this.#assess(this.#ledger, power, time);
    const reason = judge(conditions);
    const isEarly = sensor === 'awaited' && isSupplying(reason);
    const isChanged = reason !== this.#reason && !isEarly;
    if (isChanged) this.#move(reason, time);
    if (reason === 'exhausted' && this.#policy.armBeforeReconnect === 1) this.#memory.set('isUnarmed', true);
    if (this.#memory.isChanged) this.#memory.flush();
    const levels = this.#balance === undefined ? 0 : this.#warning.take(this.#balance);
    if (levels > 0) this.#warn(levels);
    return isChanged;
  }

  /** Takes what flows, after the decision. @param time ms, monotonic */
  watch(phases: readonly PhaseMeasurement[], time: number): void {
    this.#contactor.watch(phases, time);
  }

  /** Somebody at the meter asks for supply; what is granted is durable, and has effect with the next decision. */
  ask(): Result<Granted, AskFault> {
    const ledger = this.#ledger;
    const reason = this.#reason;
    if (ledger === undefined || reason === undefined || FORBIDDING.includes(reason))
      return failure('not-allowed');
    if (reason === 'unarmed' || (reason === 'overload' && this.#load.isLocked)) return this.#arm();
    const { emergencyCredit, lowBalance } = ledger.settings.policy;
    const { credited } = ledger.registers;
    if (ledger.balance >= lowBalance * WATT_HOUR) return failure('not-needed');
    // Once after each purchase: not before the first.
    if (emergencyCredit === 0 || credited === 0) return failure('not-allowed');
    if (this.#memory.now.emergencyAt === credited) return failure('used');
    if (!this.#memory.commit({ emergencyAt: credited, isUnarmed: false })) return failure('flash-failed');
    this.#note('emergencyCredit', detailNumber(emergencyCredit * WATT_HOUR));
    return success('emergency');
  }

  #arm(): Result<Granted, AskFault> {
    if (!this.#memory.commit({ isUnarmed: false, loadCuts: 0 })) return failure('flash-failed');
    this.#load.forget();
    this.#note('armed', NO_DETAIL);
    return success('armed');
  }

  #assess(ledger: Ledger, power: number, time: number): void {
    if (ledger.settings !== this.#settings) this.#takeSettings(ledger.settings);
    if (this.#tamper?.look(time)) this.#onCase(this.#tamper.isOpen);
    const conditions = this.#conditions;
    const balance = ledger.balance;
    const wasExhausted = conditions.isExhausted;
    const isExhausted = balance <= 0;
    this.#balance = balance;
    conditions.isExhausted = isExhausted;
    if (time >= this.#nextLook || isExhausted !== wasExhausted) this.#lookAround(time);
    if (isExhausted) this.#exhaustion.excuse(balance, ledger.registers.credited, this.closed);
    else if (wasExhausted) this.#exhaustion.end();
    const isUnlimited = this.#orderLimit === 0 && this.#limit === 0 && !conditions.hasReducedLoad;
    conditions.isOverloaded = !isUnlimited && this.#isOverloaded(power, time);
    conditions.isWaiting = time < this.#delay.until;
    const remembered = this.#memory.now;
    conditions.isUnarmed = remembered.isUnarmed && this.#policy.armBeforeReconnect === 1;
    conditions.isTampered = remembered.isTampered && this.#policy.cutOnTamper === 1;
    conditions.isSuspended = remembered.isSuspended && trustsConsoleWord(this.#policy);
  }

  #takeSettings(settings: Settings): void {
    this.#settings = settings;
    this.#conditions.isLinked = settings.link !== undefined;
    if (settings.policy !== this.#policy) this.#takePolicy(settings.policy);
    if (settings.order !== this.#order) this.#takeOrder(settings.order);
    this.#nextLook = 0;
  }

  #takePolicy(policy: PolicySetting): void {
    const conditions = this.#conditions;
    this.#policy = policy;
    this.#exhaustion.setPolicy(policy);
    this.#load.setPolicy(policy);
    this.#warning.setThresholds(policy);
    this.#voltage.setLimits(policy);
    conditions.isOvervoltage = this.#voltage.isOvervoltage;
    conditions.isUndervoltage = this.#voltage.isUndervoltage;
  }

  #takeOrder(order: OrderSetting): void {
    const isNewer = this.#order !== undefined && order.version !== this.#order.version;
    this.#order = order;
    if (!isNewer) return;
    this.#load.forget();
    if (this.#tamper?.isOpen !== true) this.#memory.set('isTampered', false);
  }

  /** Once a second, and when the balance is used up: the wall clock takes XS as long as ten multiplications. */
  #lookAround(time: number): void {
    this.#nextLook = time + LOOK_INTERVAL;
    const conditions = this.#conditions;
    const { until = 0, state = ORDER_STATES.on, powerLimit = 0 } = this.#order ?? {};
    const now = until !== 0 || conditions.isExhausted ? this.#host.clock.now() : undefined;
    // While the time is unknown, an order with an end stands.
    const isStanding = until === 0 || now === undefined || now < until;
    // Durable, so that a clock that goes back does not bring it back.
    if (!isStanding) this.#ledger?.update({ order: { ...LAPSED, version: this.#order?.version ?? 0 } });
    conditions.isOrderedOff = isStanding && state === ORDER_STATES.off;
    this.#orderLimit = isStanding ? powerLimit : 0;
    if (conditions.isExhausted) this.#exhaustion.lookAt(this.#policy, now);
  }

  #isOverloaded(power: number, time: number): boolean {
    const load = this.#load;
    const limit = this.#conditions.hasReducedLoad ? this.#reducedLimit() : this.#orderLimit;
    if (limit !== this.#limit) {
      this.#limit = limit;
      load.setLimit(limit);
    }
    const isExceeded = load.isExceeded(power, time);
    if (load.cuts !== this.#memory.now.loadCuts) {
      this.#memory.set('loadCuts', load.cuts);
      this.#memory.set('cutsUnder', this.#order?.version ?? 0);
    }
    return isExceeded;
  }

  /** W, where nothing better than a reduced load keeps the supply on */
  #reducedLimit(): number {
    const { isSpared, hasEmergencyCredit } = this.#conditions;
    const { reducedLoad } = this.#policy;
    if (isSpared || hasEmergencyCredit) return this.#orderLimit;
    return this.#orderLimit === 0 ? reducedLoad : Math.min(reducedLoad, this.#orderLimit);
  }

  #move(reason: SupplyReason, time: number): void {
    this.#reason = reason;
    const isClosed = isSupplying(reason);
    const isChange = this.#contactor.move(isClosed, time);
    if (isClosed) this.#memory.set('isUnarmed', false);
    else if (isChange) this.#delay.wait(this.#policy.minimumOff * 1000, time);
  }

  #onCase(isOpen: boolean): void {
    this.#note('tamper', detailText(isOpen ? 'open' : 'closed'));
    if (isOpen) this.#memory.set('isTampered', true);
  }

  /** @param levels by which the balance has fallen, 1 or 2 */
  #warn(levels: number): void {
    const detail = detailNumber(Math.max(0, this.#balance ?? 0));
    const isCritical = this.isBalanceCritical;
    if (!isCritical || levels === 2) this.#note('lowBalance', detail);
    if (isCritical) this.#note('criticalBalance', detail);
  }
}

function initialConditions(): SupplyConditions {
  return {
    isSound: false,
    isLinked: false,
    isOnBench: false,
    isTampered: false,
    isOrderedOff: false,
    isSuspended: false,
    isOvervoltage: false,
    isUndervoltage: false,
    isOverloaded: false,
    isExhausted: false,
    hasEmergencyCredit: false,
    isSpared: false,
    hasReducedLoad: false,
    isUnarmed: false,
    isWaiting: false,
  };
}
