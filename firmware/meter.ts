import { signingKey } from './attest/device-key';
import { detailNumber, detailText, type EventName, NO_DETAIL } from './attest/event';
import type { Status } from './attest/status';
import { equal } from './bytes';
import { Correspondence, type CorrespondenceFault, type CorrespondenceOptions } from './correspondence';
import { type LinkOffer, verifyLink } from './directives/link';
import type { Refusal } from './directives/verify';
import { type MilliwattHours, milliwattHours, wattHours } from './energy';
import type { Host, Measurement, SensorFault, Window } from './host';
import { Ledger, type LedgerFault } from './ledger/ledger';
import type { Registers } from './ledger/state';
import { isLogUsed } from './link/is-log-used';
import type { PhaseCalibration } from './metrology/calibration';
import { EnergyAccumulator } from './metrology/energy';
import { measure } from './metrology/measure';
import { failure, type Result, success } from './result';
import { Supply } from './supply/supply';
import type { SupplyReason } from './supply/supply-reason';

export interface MeterOptions extends Partial<CorrespondenceOptions> {
  /** One for each phase; of no use with a metering chip, which is calibrated itself. */
  readonly calibration: readonly PhaseCalibration[];
  /** mWh; a balance below it is worth a warning. 500 Wh where absent */
  readonly lowBalance?: MilliwattHours;
}

/** `linked-already`: to another M3ter. Relinking takes a factory reset. */
export type LinkFault = Refusal | 'linked-already' | MeterFault;

/** What keeps the meter from working: ledger or log on its flash, or a secret or signer that is none. */
export type MeterFault = LedgerFault | CorrespondenceFault | 'unusable-secret' | 'signer-fault';

const READING_INTERVAL = 900;
const TELEMETRY_INTERVAL = 60;
const LOW_BALANCE = wattHours(500);
const NO_ENERGY = milliwattHours(0);
/** V, A, W, Hz: no house has more of any. */
const BELIEVABLE = 1e6;

/** Composes the stages: sensor, metrology, ledger, supply, relay; and, once it has a name, its correspondence. */
export class Meter {
  readonly #host: Host;
  readonly #options: MeterOptions & CorrespondenceOptions & { readonly lowBalance: MilliwattHours };
  readonly #energy = new EnergyAccumulator();
  readonly #supply: Supply;
  readonly #ledger: Result<Ledger, LedgerFault>;
  readonly #key: ReturnType<typeof signingKey>;
  #correspondence: Result<Correspondence, CorrespondenceFault> | undefined;
  #measurement: Measurement;
  #isRunning = false;
  #isBalanceLow = false;
  #isSensorAlive = true;
  /** Since the last reading. */
  readonly #sensorFaults = new Set<SensorFault>();

  /** Restores the ledger. The relay is not touched, and nothing is sent, before `start`. */
  constructor(host: Host, options: MeterOptions) {
    this.#host = host;
    this.#options = {
      readingInterval: READING_INTERVAL,
      telemetryInterval: TELEMETRY_INTERVAL,
      lowBalance: LOW_BALANCE,
      ...options,
    };
    this.#supply = new Supply(host.relay);
    this.#measurement = nothingMeasured(host.sensor.phases);
    this.#key = signingKey(host.crypto, host.secrets.seed());
    this.#ledger = openLedger(host);
  }

  /** 20 bytes; undefined when the secret or the signer is unusable. */
  get address(): Uint8Array | undefined {
    return this.#key.ok ? this.#key.value.address : undefined;
  }

  /** Undefined when all is well. */
  get fault(): MeterFault | undefined {
    return this.#supplyFault ?? this.#voice?.fault;
  }

  /** Why nothing may be supplied. That readings cannot be kept is no reason: what was paid for is delivered. */
  get #supplyFault(): MeterFault | undefined {
    if (!this.#ledger.ok) return this.#ledger.fault;
    if (!this.#key.ok) return this.#key.fault;
    if (this.#correspondence?.ok === false) return this.#correspondence.fault;
    return this.#ledger.value.fault;
  }

  /** A live view; undefined when they could not be restored: never to be shown as zeros. */
  get registers(): Registers | undefined {
    return this.#ledger.ok ? this.#ledger.value.registers : undefined;
  }

  /** mWh, undefined as `registers` is. */
  get balance(): MilliwattHours | undefined {
    return this.#ledger.ok ? this.#ledger.value.balance : undefined;
  }

  get isBalanceLow(): boolean {
    return this.#isBalanceLow;
  }

  /** Every reading up to this sequence is kept for good elsewhere. */
  get acknowledged(): number {
    return this.#ledger.ok ? this.#ledger.value.acknowledged : 0;
  }

  /** Undefined until it is linked. */
  get m3terId(): bigint | undefined {
    return this.#ledger.ok ? this.#ledger.value.settings.link?.m3terId : undefined;
  }

  /** Whether the relay was told to close, and why or why not. */
  get supply(): { readonly closed: boolean; readonly reason: SupplyReason | undefined } {
    return { closed: this.#supply.closed, reason: this.#supply.reason };
  }

  get measurement(): Measurement {
    return this.#measurement;
  }

  get isOnline(): boolean {
    return this.#voice?.isOnline ?? false;
  }

  /** How often each fault of the connection to the broker has occurred since the start. */
  get connectionFaults(): Correspondence['connectionFaults'] {
    return this.#voice?.connectionFaults ?? {};
  }

  /** Sequence of the last reading that was made; 0 for none. */
  get lastReading(): number {
    return this.#voice?.lastReading ?? 0;
  }

  /** How many directives were refused since the start, by cause. */
  get refused(): Correspondence['refused'] {
    return this.#voice?.refused ?? {};
  }

  /** Decides about the relay, and begins to measure and to report. */
  start(): void {
    this.#isRunning = true;
    if (this.#ledger.ok) this.#isBalanceLow = this.#ledger.value.balance < this.#options.lowBalance;
    this.#openCorrespondence();
    this.#note('boot', NO_DETAIL);
    this.#decide();
    this.#host.sensor.start({
      onWindow: window => this.#onWindow(window),
      onMeasurement: measurement => this.#onMeasurement(measurement),
      onFault: fault => this.#onSensorFault(fault),
    });
  }

  /** Puts everything on flash and takes leave of the broker. The relay stays as it is. */
  stop(): void {
    this.#isRunning = false;
    this.#host.sensor.stop();
    if (this.#ledger.ok) this.#ledger.value.save();
    this.#voice?.stop();
  }

  /** Gives the meter its name and its masters, durably; being told the same again changes nothing. */
  link(offer: LinkOffer): Result<undefined, LinkFault> {
    if (!this.#ledger.ok) return this.#ledger;
    if (!this.#key.ok) return this.#key;
    const { chainId, registry, m3terId } = offer;
    const present = this.#ledger.value.settings.link;
    if (present !== undefined) {
      const isSame =
        present.chainId === chainId && present.m3terId === m3terId && equal(present.registry, registry);
      return isSame ? success(undefined) : failure('linked-already');
    }
    const roles = verifyLink(this.#host.crypto, offer);
    if (!roles.ok) return roles;
    const link = { chainId, registry, m3terId };
    if (!this.#ledger.value.update({ link, roles: roles.value })) return failure('flash-failed');
    if (this.#isRunning) this.#beginLinked(m3terId);
    return success(undefined);
  }

  #beginLinked(m3terId: bigint): void {
    this.#openCorrespondence();
    this.#note('linked', detailNumber(m3terId));
    this.#decide();
  }

  #onWindow(window: Window): void {
    this.#onMeasurement(measure(window, this.#options.calibration));
  }

  #onMeasurement(measurement: Measurement): void {
    this.#isSensorAlive = true;
    const isBelieved = isBelievable(measurement);
    if (!isBelieved) this.#onSensorFault('gap');
    this.#measurement = isBelieved ? measurement : nothingMeasured(this.#host.sensor.phases);
    const { imported, exported } = this.#energy.accumulate(this.#measurement);
    if (this.#ledger.ok) this.#ledger.value.consume(imported, exported);
    this.#decide();
    this.#host.watchdog?.feed();
  }

  /** In the turn of whatever caused it: no network, signature or queue stands between cause and relay. */
  #decide(): void {
    const { clock } = this.#host;
    const ledger = this.#ledger.ok ? this.#ledger.value : undefined;
    const changed = this.#supply.decide({
      linked: this.m3terId !== undefined,
      ledgerSound: this.#supplyFault === undefined,
      sensorAlive: this.#isSensorAlive,
      balance: ledger?.balance ?? NO_ENERGY,
      order: ledger?.settings.order,
      power: this.#measurement.phases.reduce((sum, phase) => sum + phase.activePower, 0),
      time: clock.monotonic(),
      now: clock.now(),
    });
    if (changed) this.#onSupplyChanged();
    if (ledger !== undefined) this.#watchBalance(ledger.balance);
    this.#show();
  }

  #onSupplyChanged(): void {
    const { closed, reason } = this.supply;
    this.#note(closed ? 'supplyClosed' : 'supplyOpened', detailText(reason ?? ''));
    if (this.#supplyFault !== undefined) this.#note('ledgerFault', detailText(this.#supplyFault));
    this.#voice?.requestReading();
  }

  #watchBalance(balance: MilliwattHours): void {
    const isLow = balance < this.#options.lowBalance;
    if (isLow && !this.#isBalanceLow) this.#note('lowBalance', detailNumber(Math.max(0, balance)));
    this.#isBalanceLow = isLow;
  }

  #onSensorFault(fault: SensorFault): void {
    if (!this.#sensorFaults.has(fault)) this.#note('sensorFault', detailText(fault));
    this.#sensorFaults.add(fault);
    if (fault !== 'silent') return;
    this.#isSensorAlive = false;
    this.#measurement = nothingMeasured(this.#host.sensor.phases);
    this.#decide();
  }

  /** What the next reading says of the time since the one before. */
  #takeStatus(): Omit<Status, 'timeUnknown'> {
    // That there is no mains is no fault of the sensor's.
    this.#sensorFaults.delete('no-mains');
    const sensorFault = this.#sensorFaults.size > 0;
    this.#sensorFaults.clear();
    return {
      relayClosed: this.#supply.closed,
      lowBalance: this.#isBalanceLow,
      ledgerFault: this.#supplyFault !== undefined,
      sensorFault,
      reason: this.#supply.reason ?? 'fault',
    };
  }

  #show(): void {
    this.#host.indicator?.show({
      closed: this.#supply.closed,
      reason: this.#supply.reason ?? 'fault',
      balance: this.balance,
      lowBalance: this.#isBalanceLow,
      online: this.isOnline,
    });
  }

  get #voice(): Correspondence | undefined {
    return this.#correspondence?.ok ? this.#correspondence.value : undefined;
  }

  #note(name: EventName, detail: Uint8Array): void {
    this.#voice?.note(name, detail);
  }

  #openCorrespondence(): void {
    if (!this.#ledger.ok || !this.#key.ok) return;
    const { link } = this.#ledger.value.settings;
    if (link === undefined) return;
    const opened = Correspondence.open(this.#host, this.#options, this.#ledger.value, this.#key.value, link, {
      measurement: () => this.#measurement,
      takeStatus: () => this.#takeStatus(),
      onApplied: () => this.#decide(),
      onOnline: () => this.#show(),
    });
    this.#correspondence = opened;
    if (opened.ok) opened.value.start();
  }
}

/**
 * Restores the ledger. One that knows of no link beside a log that was used is `corrupt`: to begin at zero would give
 * the household all that it ever bought once more.
 */
function openLedger({ flash, clock }: Host): Result<Ledger, LedgerFault> {
  const ledger = Ledger.open(flash.ledger, clock);
  const isLost = ledger.ok && ledger.value.settings.link === undefined && isLogUsed(flash.log);
  return isLost ? failure('corrupt') : ledger;
}

/** False for what only a chip or a window gone mad can tell. */
function isBelievable({ phases, frequency, duration }: Measurement): boolean {
  const isIn = (quantity: number) => Math.abs(quantity) <= BELIEVABLE;
  if (!(duration >= 0) || !isIn(frequency)) return false;
  return phases.every(
    ({ voltage, current, activePower, reactivePower }) =>
      isIn(voltage) && isIn(current) && isIn(activePower) && isIn(reactivePower),
  );
}

function nothingMeasured(phases: number): Measurement {
  const nothing = {
    voltage: 0,
    current: 0,
    activePower: 0,
    reactivePower: 0,
    apparentPower: 0,
    powerFactor: 1,
  };
  return { phases: Array.from({ length: phases }, () => nothing), frequency: 0, duration: 0 };
}
