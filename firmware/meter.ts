import { Account } from './account';
import { detailNumber, detailText, type EventName, NO_DETAIL } from './attest/event';
import type { FirmwareRelease } from './attest/signed-types';
import type { Status } from './attest/status';
import { checkCalibration } from './calibration-check';
import type { Correspondence, CorrespondenceOptions } from './correspondence';
import type { Directive } from './directives/directive';
import type { LinkOffer } from './directives/link';
import type { Host, Measurement, SensorFault, Update, Window } from './host';
import type { Ledger, LedgerFault } from './ledger/ledger';
import type { MeterFault, ResetFault } from './meter-fault';
import { isBelievable, nothingMeasured } from './metrology/believable';
import type { PhaseCalibration } from './metrology/calibration';
import { Consumption } from './metrology/consumption';
import { LineWatch } from './metrology/line-watch';
import { Metrology } from './metrology/metrology';
import { SilenceWatch } from './metrology/silence-watch';
import { openLedger } from './open-ledger';
import { type LinkFault, takeOwnership } from './ownership';
import { failure, type Result, success } from './result';
import type { Forecast } from './supply/forecast';
import { Forecaster } from './supply/forecaster';
import { type AskFault, type Granted, Supply } from './supply/supply';
import type { SupplyReason } from './supply/supply-reason';
import { TrustedClock } from './trusted-clock';
import { Updater } from './update/updater';
import { Voice } from './voice';

export interface MeterOptions extends CorrespondenceOptions {
  /** One for each phase; of no use with a metering chip, which is calibrated itself. */
  readonly calibration: readonly PhaseCalibration[];
  /** It supplies as long as it is not linked, whatever its balance: for a workbench, never for a household. */
  readonly bench?: boolean;
}

type MeterHost = Host & { readonly clock: TrustedClock };

/** Composes the stages: sensor, metrology, ledger, supply, relay; and, once it has a name, its correspondence. */
export class Meter extends Account {
  readonly #host: MeterHost;
  readonly #options: MeterOptions;
  readonly #metrology: Metrology;
  readonly #consumption: Consumption;
  readonly #line: LineWatch;
  readonly #supply: Supply;
  protected readonly ledger: Ledger | undefined;
  /** Why there is no ledger. */
  readonly #ledgerFault: LedgerFault | undefined;
  readonly #forecaster: Forecaster | undefined;
  readonly #voice: Voice;
  /** For those that are made before there is a voice. */
  readonly #note = (name: EventName, detail: Uint8Array): void => this.#voice.note(name, detail);
  #calibrationFault: 'sealed' | undefined;
  /** Of the ledger, before the start. */
  readonly #retired: number[] = [];
  readonly #updater: Updater | undefined;
  #measurement: Measurement;
  #isRunning = false;
  #isOnline = false;
  readonly #watch: SilenceWatch;
  /** Since the last reading. */
  #sensorFaults: SensorFault[] = [];

  /** Restores the ledger. The relay is not touched, and nothing is sent, before `start`. */
  constructor(board: Host, options: MeterOptions) {
    super();
    // The board stays the prototype: a copy would take a slot of the heap for each port.
    const clock = new TrustedClock(board.clock);
    const host: MeterHost = Object.assign(Object.create(board), { clock });
    this.#host = host;
    this.#options = options;
    const { calibration, bench } = options;
    const { phases } = host.sensor;
    this.#metrology = new Metrology(calibration);
    this.#consumption = new Consumption(host.clock, phases);
    this.#watch = new SilenceWatch(host.clock, () => this.#onSilence());
    this.#measurement = nothingMeasured(phases);
    const restored = openLedger(host, sector => this.#onSectorRetired(sector));
    if (restored.ok) this.ledger = restored.value;
    else this.#ledgerFault = restored.fault;
    const limits = calibration.map(({ noLoadWatts }) => noLoadWatts);
    this.#supply = new Supply(host, this.ledger, limits, this.#note, bench);
    if (this.ledger !== undefined) this.#forecaster = new Forecaster(host.clock, this.ledger);
    this.#line = new LineWatch(host.sensor, calibration, this.voltageLimits, {
      onSensorFault: fault => this.#onSensorFault(fault),
      onVoltageEvent: text => this.#note('voltageEvent', detailText(text)),
      onWiringFault: text => this.#note('wiringFault', detailText(text)),
    });
    this.#updater = this.#makeUpdater();
    this.#voice = this.#makeVoice();
  }

  /** 20 bytes; undefined when the secret or the signer is unusable. */
  get address(): Uint8Array | undefined {
    const { key } = this.#voice;
    return key.ok ? key.value.address : undefined;
  }

  /** Undefined when all is well. */
  get fault(): MeterFault | undefined {
    return this.#supplyFault ?? this.#voice.correspondence?.fault;
  }

  /** Why nothing may be supplied. That readings cannot be kept is no reason: what was paid for is delivered. */
  get #supplyFault(): MeterFault | undefined {
    return this.#ledgerFault ?? this.#voice.fault ?? this.#calibrationFault ?? this.ledger?.fault;
  }

  /** How long the balance lasts; undefined until it has learned a day's worth of hours. */
  get forecast(): Forecast | undefined {
    return this.#forecaster?.forecast;
  }

  get isBalanceLow(): boolean {
    return this.#supply.isBalanceLow;
  }

  /** Whether the relay was told to close, and why or why not. */
  get supply(): { readonly closed: boolean; readonly reason: SupplyReason | undefined } {
    return { closed: this.#supply.closed, reason: this.#supply.reason };
  }

  /** How often the relay was told to close or to open, ever. */
  get switchings(): number {
    return this.#supply.switchings;
  }

  get measurement(): Measurement {
    return this.#measurement;
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** How often each fault of the connection to the broker has occurred since the start. */
  get connectionFaults(): Correspondence['connectionFaults'] {
    return this.#voice.correspondence?.connectionFaults ?? {};
  }

  /** Sequence of the last reading that was made; 0 for none. */
  get lastReading(): number {
    return this.#voice.correspondence?.lastReading ?? 0;
  }

  /** How many directives were refused since the start, by cause. */
  get refused(): Correspondence['refused'] {
    return this.#voice.correspondence?.refused ?? {};
  }

  /** Begins to measure and to report. The relay is opened at once where it must be; it is not closed before a window. */
  start(): void {
    const { sensor, restart, clock, powerWatch } = this.#host;
    this.#isRunning = true;
    powerWatch?.start(() => this.ledger?.save());
    this.#supply.begin();
    this.#note('boot', restart === undefined ? NO_DETAIL : detailText(restart));
    for (const sector of this.#retired.splice(0)) this.#onSectorRetired(sector);
    this.#checkCalibration();
    this.#redecide();
    sensor.start({
      onWindow: window => this.#onWindow(window),
      onMeasurement: measurement => this.#onMeasurement(measurement),
      onFault: fault => this.#onSensorFault(fault),
      onCapture: capture => this.#line.takeCapture(capture, clock.monotonic()),
    });
    this.#watch.start();
    this.#forecaster?.start();
    this.#updater?.start();
  }

  /** Puts everything on flash and takes leave of the broker. The relay stays as it is. */
  stop(): void {
    this.#isRunning = false;
    this.#host.sensor.stop();
    this.#watch.stop();
    this.#forecaster?.stop();
    this.#updater?.stop();
    this.ledger?.save();
    this.#voice.stop();
    this.#isOnline = false;
  }

  /**
   * Somebody at the meter asks for supply: arms what waits for that, else takes the emergency credit. Durable when it
   * succeeds; on a fault nothing changed.
   */
  ask(): Result<Granted, AskFault> {
    const granted = this.#supply.ask();
    if (granted.ok) this.#redecide();
    return granted;
  }

  /** Gives the meter its name and its masters, durably; being told the same again changes nothing. */
  link(offer: LinkOffer): Result<undefined, LinkFault> {
    const { ledger } = this;
    if (ledger === undefined) return failure(this.#ledgerFault as LedgerFault);
    const { key } = this.#voice;
    if (!key.ok) return key;
    const taken = takeOwnership(this.#host.crypto, ledger, offer);
    if (!taken.ok) return taken;
    if (taken.value && this.#isRunning) {
      this.#note('linked', detailNumber(offer.m3terId));
      this.#redecide();
      this.#voice.openSoon();
    }
    return success(undefined);
  }

  /**
   * Takes a `FactoryReset` other than by the broker, as it comes there. When it succeeds the meter has no name and supplies
   * nothing; what it has counted, and the log, go on.
   */
  reset(payload: Uint8Array): Result<undefined, ResetFault> {
    if (this.m3terId === undefined) return failure('unlinked');
    const { correspondence } = this.#voice;
    if (correspondence === undefined) return failure(this.fault ?? 'unlinked');
    const fault = correspondence.instruct('reset', payload);
    return fault === undefined ? success(undefined) : failure(fault);
  }

  /** The decision first: whatever else a window tells can wait. */
  #onWindow(window: Window): void {
    this.#onMeasurement(this.#metrology.take(window));
    this.#line.takeWindow(window);
  }

  #onMeasurement(measurement: Measurement): void {
    const time = this.#host.clock.monotonic();
    const isBelieved = isBelievable(measurement);
    // What stands still is not measured: it is as if nothing came.
    if (isBelieved && !this.#line.isBlind) this.#watch.hear();
    if (isBelieved) this.#supply.takeVoltages(measurement.phases, time);
    else this.#onSensorFault('gap');
    this.#take(isBelieved ? measurement : nothingMeasured(this.#host.sensor.phases), time);
    this.#decide(time);
    this.#host.watchdog?.feed();
    // Whoever looks at the meter can wait for the relay.
    this.#show(this.#supply.balance);
    if (!isBelieved) return;
    this.#line.takeMeasurement(measurement, time);
    this.#supply.watch(measurement.phases, time);
  }

  #take(measurement: Measurement, time: number): void {
    this.#measurement = measurement;
    this.#consumption.take(measurement, this.ledger, time);
  }

  /** Decides at once, other than after a window, and shows it. */
  #redecide(): void {
    this.#decide(this.#host.clock.monotonic());
    this.#show(this.#supply.balance);
  }

  /** In the turn of whatever caused it: no network, signature or queue stands between cause and relay. */
  #decide(time: number): void {
    const isSound = this.#supplyFault === undefined;
    if (this.#supply.decide(isSound, this.#watch.hearing, this.#consumption.power, time))
      this.#onSupplyChanged();
  }

  #onSupplyChanged(): void {
    const { closed, reason } = this.supply;
    this.#forecaster?.setSupplied(closed);
    this.#note(closed ? 'supplyClosed' : 'supplyOpened', detailText(reason ?? ''));
    const fault = this.#supplyFault;
    if (fault !== undefined && fault !== 'sealed') this.#note('ledgerFault', detailText(fault));
    this.#voice.requestReading();
    this.#voice.openSoon();
  }

  #onSensorFault(fault: SensorFault): void {
    const isKnown =
      fault === 'silent' ? this.#watch.hearing === 'silent' : this.#sensorFaults.includes(fault);
    if (!isKnown) this.#note('sensorFault', detailText(fault));
    if (!this.#sensorFaults.includes(fault)) this.#sensorFaults.push(fault);
    if (fault !== 'silent') return;
    this.#watch.miss();
    this.#take(nothingMeasured(this.#host.sensor.phases), this.#host.clock.monotonic());
    this.#redecide();
  }

  #onSilence(): void {
    this.#onSensorFault('silent');
    this.#host.watchdog?.feed();
  }

  /** What the next reading says of the time since the one before. */
  #takeStatus(): Omit<Status, 'timeUnknown'> {
    // That there is no mains is no fault of the sensor's.
    const sensorFault = this.#sensorFaults.some(fault => fault !== 'no-mains');
    this.#sensorFaults = [];
    return {
      relayClosed: this.#supply.closed,
      lowBalance: this.#supply.isBalanceLow,
      ledgerFault: this.#supplyFault !== undefined && this.#supplyFault !== 'sealed',
      sensorFault,
      criticalBalance: this.#supply.isBalanceCritical,
      tariffUncertain: this.#consumption.takeUncertainty(),
      tampered: this.#supply.isTampered,
      reason: this.#supply.reason ?? 'fault',
    };
  }

  #onOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#show();
  }

  #show(balance = this.balance): void {
    const supply = this.#supply;
    const reason = supply.reason;
    // nothing is known yet
    if (reason === undefined) return;
    this.#host.indicator?.show({
      closed: supply.closed,
      reason,
      balance,
      lowBalance: supply.isBalanceLow,
      criticalBalance: supply.isBalanceCritical,
      relayFault: supply.isRelayFaulty,
      online: this.#isOnline,
    });
  }

  #onSectorRetired(sector: number): void {
    // Nothing can be noted before the ledger is open.
    if (!this.#isRunning) this.#retired.push(sector);
    else this.#voice.noteOneOfMany('sectorRetired', detailText(`ledger ${sector}`));
  }

  #onApplied({ kind }: Directive): void {
    if (kind === 'reset') this.#fallSilent();
    if (kind === 'policy') this.#voice.correspondence?.takePolicy();
    if (kind === 'policy' || kind === 'reset') {
      this.#line.setLimits(this.voltageLimits);
      this.#checkCalibration();
    }
    this.#redecide();
  }

  /** Without a name there is nobody to talk to, and nothing to state. */
  #fallSilent(): void {
    this.#voice.forget();
    this.#isOnline = false;
    this.#updater?.forget();
    this.#supply.forget();
  }

  /** Undefined where there is but one slot. */
  #makeUpdater(): Updater | undefined {
    const { update } = this.#host;
    const { broker } = this.#options;
    if (update === undefined) return undefined;
    return new Updater(
      // the very host, which has one
      this.#host as MeterHost & { readonly update: Update },
      {
        ledger: this.ledger,
        tls: broker?.tls?.authority === undefined ? {} : { authority: broker.tls.authority },
        mustConnect: broker !== undefined && this.m3terId !== undefined,
        isWell: () =>
          this.#watch.hearing === 'heard' && this.#supply.reason !== undefined && this.fault === undefined,
        isOnline: () => this.#isOnline,
        note: this.#note,
        leave: () => this.#voice.stop(),
        stop: () => this.stop(),
      },
    );
  }

  #checkCalibration(): void {
    if (this.ledger === undefined) return;
    const { calibration } = this.#options;
    this.#calibrationFault = checkCalibration(this.#host.crypto, this.ledger, calibration, this.#note);
  }

  #makeVoice(): Voice {
    const updater = this.#updater;
    return new Voice(this.#host, this.#options, this.ledger, {
      measurement: () => this.#measurement,
      takeStatus: () => this.#takeStatus(),
      extras: () => ({
        distortions: this.#line.distortions,
        forecast: this.forecast,
        registers: this.#consumption.isSinglePhase ? undefined : this.phaseRegisters,
      }),
      condition: () => ({
        supply: this.supply,
        isFaulty: this.fault !== undefined || this.#supply.isRelayFaulty,
      }),
      ...(updater && { takeRelease: (release: FirmwareRelease) => updater.take(release) }),
      onApplied: directive => this.#onApplied(directive),
      onOnline: isOnline => this.#onOnline(isOnline),
      onConsoleWord: isOn => {
        this.#supply.suspend(!isOn);
        this.#redecide();
      },
      onOpened: () => this.#redecide(),
    });
  }
}
