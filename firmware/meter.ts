import { ZERO_ADDRESS } from './attest/address';
import { Agenda } from './attest/agenda';
import { type KeyFault, type SigningKey, signingKey } from './attest/device-key';
import { detailDigests, detailNumber, detailText, type EventName, NO_DETAIL } from './attest/event';
import type { FirmwareRelease } from './attest/signed-types';
import type { Status } from './attest/status';
import { equal } from './bytes';
import { Correspondence, type CorrespondenceFault, type CorrespondenceOptions } from './correspondence';
import type { DeskRefusal } from './directives/desk';
import type { Directive } from './directives/directive';
import { type LinkOffer, verifyLink } from './directives/link';
import type { Refusal } from './directives/verify';
import type { MilliwattHours } from './energy';
import type { Host, Measurement, SensorFault, Timer, Update, Window } from './host';
import { Ledger, type LedgerFault } from './ledger/ledger';
import { INITIAL_POLICY, type PolicySetting } from './ledger/policy';
import type { PhaseRegisters, Registers } from './ledger/state';
import { isLogUsed } from './link/is-log-used';
import { isBelievable, nothingMeasured } from './metrology/believable';
import type { PhaseCalibration } from './metrology/calibration';
import { calibrationDigest } from './metrology/calibration-digest';
import { judgeCalibration } from './metrology/calibration-seal';
import { Consumption } from './metrology/consumption';
import { LineWatch } from './metrology/line-watch';
import { Metrology } from './metrology/metrology';
import { SilenceWatch } from './metrology/silence-watch';
import type { VoltageLimits } from './metrology/voltage-watch';
import { failure, type Result, success } from './result';
import type { Forecast } from './supply/forecast';
import { Forecaster } from './supply/forecaster';
import { type AskFault, type Granted, Supply } from './supply/supply';
import type { SupplyReason } from './supply/supply-reason';
import { TrustedClock } from './trusted-clock';
import { Updater } from './update/updater';

export interface MeterOptions extends CorrespondenceOptions {
  /** One for each phase; of no use with a metering chip, which is calibrated itself. */
  readonly calibration: readonly PhaseCalibration[];
  /** It supplies as long as it is not linked, whatever its balance: for a workbench, never for a household. */
  readonly bench?: boolean;
}

type MeterHost = Host & { readonly clock: TrustedClock };

/**
 * `linked-already`: to another M3ter. Relinking takes a factory reset. `stale`: the roles are of a version that it had
 * before it was reset, or of an older one.
 */
export type LinkFault = Refusal | 'linked-already' | 'stale' | MeterFault;

/** `unlinked`: it is as after a reset. `stale`: that reset, or a later one, was done before. */
export type ResetFault = DeskRefusal | 'stale' | 'unlinked' | MeterFault;

/**
 * What keeps the meter from working: ledger or log on its flash, or a secret or signer that is none. `sealed`: it found
 * another calibration than the one in force, and may not take it.
 */
export type MeterFault = LedgerFault | CorrespondenceFault | KeyFault | 'sealed';

/** Composes the stages: sensor, metrology, ledger, supply, relay; and, once it has a name, its correspondence. */
export class Meter {
  readonly #host: MeterHost;
  readonly #options: MeterOptions;
  readonly #metrology: Metrology;
  readonly #consumption: Consumption;
  readonly #line: LineWatch;
  readonly #supply: Supply;
  readonly #ledger: Result<Ledger, LedgerFault>;
  readonly #forecaster: Forecaster | undefined;
  readonly #agenda: Agenda;
  #key: Result<SigningKey, KeyFault> | undefined;
  #voice: Correspondence | undefined;
  #voiceFault: KeyFault | CorrespondenceFault | undefined;
  #calibrationFault: 'sealed' | undefined;
  /** Of the ledger, before the start. */
  readonly #retired: number[] = [];
  #opening: Timer | undefined;
  readonly #updater: Updater | undefined;
  #measurement: Measurement;
  #isRunning = false;
  #isOnline = false;
  readonly #watch: SilenceWatch;
  /** Since the last reading. */
  #sensorFaults: SensorFault[] = [];

  /** Restores the ledger. The relay is not touched, and nothing is sent, before `start`. */
  constructor(board: Host, options: MeterOptions) {
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
    this.#agenda = new Agenda(host.clock, () => this.#voice?.workSoon());
    this.#ledger = openLedger(host, sector => this.#onSectorRetired(sector));
    const limits = calibration.map(({ noLoadWatts }) => noLoadWatts);
    const note = (name: EventName, detail: Uint8Array) => this.#note(name, detail);
    const ledger = this.#ledger.ok ? this.#ledger.value : undefined;
    this.#supply = new Supply(host, ledger, limits, note, bench);
    this.#forecaster = this.#ledger.ok ? new Forecaster(host.clock, this.#ledger.value) : undefined;
    this.#line = new LineWatch(host.sensor, calibration, voltageLimits(this.#policy), {
      onSensorFault: fault => this.#onSensorFault(fault),
      onVoltageEvent: text => this.#note('voltageEvent', detailText(text)),
      onWiringFault: text => this.#note('wiringFault', detailText(text)),
    });
    this.#updater = this.#makeUpdater();
  }

  /** 20 bytes; undefined when the secret or the signer is unusable. */
  get address(): Uint8Array | undefined {
    const key = this.#provedKey();
    return key.ok ? key.value.address : undefined;
  }

  /** Undefined when all is well. */
  get fault(): MeterFault | undefined {
    return this.#supplyFault ?? this.#voice?.fault;
  }

  /** Why nothing may be supplied. That readings cannot be kept is no reason: what was paid for is delivered. */
  get #supplyFault(): MeterFault | undefined {
    if (!this.#ledger.ok) return this.#ledger.fault;
    return this.#voiceFault ?? this.#calibrationFault ?? this.#ledger.value.fault;
  }

  /** A live view; undefined when they could not be restored: never to be shown as zeros. */
  get registers(): Registers | undefined {
    return this.#ledger.ok ? this.#ledger.value.registers : undefined;
  }

  /** Of each phase where there are two or three, undefined as `registers` is. */
  get phaseRegisters(): readonly PhaseRegisters[] | undefined {
    return this.#ledger.ok ? this.#ledger.value.phases : undefined;
  }

  /** Whether its calibration may not be changed: by its link, unless the owner's policy says otherwise. */
  get isSealed(): boolean {
    return this.m3terId !== undefined && this.#policy.sealed === 1;
  }

  /** Whether it may be set up by who has a cable and no signature. */
  get isConsoleTrusted(): boolean {
    return this.m3terId === undefined || this.#policy.trustConsole === 1;
  }

  /** mWh, undefined as `registers` is. */
  get balance(): MilliwattHours | undefined {
    return this.#ledger.ok ? this.#ledger.value.balance : undefined;
  }

  /** How long the balance lasts; undefined until it has learned a day's worth of hours. */
  get forecast(): Forecast | undefined {
    return this.#forecaster?.forecast;
  }

  get isBalanceLow(): boolean {
    return this.#supply.isBalanceLow;
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

  /** Begins to measure and to report. The relay is opened at once where it must be; it is not closed before a window. */
  start(): void {
    const { sensor, restart, clock, powerWatch } = this.#host;
    this.#isRunning = true;
    powerWatch?.start(() => this.#save());
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
    this.#opening?.cancel();
    this.#save();
    this.#voice?.stop();
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
    if (!this.#ledger.ok) return this.#ledger;
    const key = this.#provedKey();
    if (!key.ok) return key;
    const { chainId, registry, m3terId, registrar = ZERO_ADDRESS } = offer;
    const { link: present, roles: former } = this.#ledger.value.settings;
    if (present !== undefined) {
      const isSame =
        present.chainId === chainId && present.m3terId === m3terId && equal(present.registry, registry);
      return isSame ? success(undefined) : failure('linked-already');
    }
    const roles = verifyLink(this.#host.crypto, offer);
    if (!roles.ok) return roles;
    if (former !== undefined && roles.value.version <= former.version) return failure('stale');
    const link = { chainId, registry, m3terId };
    if (!this.#ledger.value.update({ link, roles: roles.value, registrar })) return failure('flash-failed');
    if (this.#isRunning) this.#beginLinked(m3terId);
    return success(undefined);
  }

  /**
   * Takes a `FactoryReset` other than by the broker, as it comes there. When it succeeds the meter has no name and supplies
   * nothing; what it has counted, and the log, go on.
   */
  reset(payload: Uint8Array): Result<undefined, ResetFault> {
    if (this.m3terId === undefined) return failure('unlinked');
    if (this.#voice === undefined) return failure(this.fault ?? 'unlinked');
    const fault = this.#voice.instruct('reset', payload);
    return fault === undefined ? success(undefined) : failure(fault);
  }

  #beginLinked(m3terId: bigint): void {
    this.#note('linked', detailNumber(m3terId));
    this.#redecide();
    this.#openSoon();
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
    this.#consumption.take(measurement, this.#ledger.ok ? this.#ledger.value : undefined, time);
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
    if (this.m3terId !== undefined) this.#agenda.requestReading();
    this.#openSoon();
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
    else if (this.m3terId !== undefined)
      this.#agenda.noteOneOfMany('sectorRetired', detailText(`ledger ${sector}`));
  }

  #save(): void {
    if (this.#ledger.ok) this.#ledger.value.save();
  }

  get #policy(): PolicySetting {
    return this.#ledger.ok ? this.#ledger.value.settings.policy : INITIAL_POLICY;
  }

  #onApplied({ kind }: Directive): void {
    if (kind === 'reset') this.#fallSilent();
    if (kind === 'policy') this.#voice?.takePolicy();
    if (kind === 'policy' || kind === 'reset') {
      this.#line.setLimits(voltageLimits(this.#policy));
      this.#checkCalibration();
    }
    this.#redecide();
  }

  /** Without a name there is nobody to talk to, and nothing to state. */
  #fallSilent(): void {
    this.#agenda.clear();
    this.#voice?.stop();
    this.#voice = undefined;
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
        ledger: this.#ledger.ok ? this.#ledger.value : undefined,
        tls: broker?.tls?.authority === undefined ? {} : { authority: broker.tls.authority },
        mustConnect: broker !== undefined && this.m3terId !== undefined,
        isWell: () =>
          this.#watch.hearing === 'heard' && this.#supply.reason !== undefined && this.fault === undefined,
        isOnline: () => this.#isOnline,
        note: (name, detail) => this.#note(name, detail),
        leave: () => this.#voice?.stop(),
        stop: () => this.stop(),
      },
    );
  }

  /** What is measured by another calibration than before is told, or is not supplied. */
  #checkCalibration(): void {
    if (!this.#ledger.ok) return;
    const ledger = this.#ledger.value;
    const inForce = ledger.settings.calibration;
    const found = calibrationDigest(this.#host.crypto, this.#options.calibration);
    const linked = this.m3terId !== undefined;
    const verdict = judgeCalibration({ inForce, found, sealed: this.#policy.sealed === 1, linked });
    this.#calibrationFault = verdict === 'refuse' ? 'sealed' : undefined;
    if (verdict === 'same') return;
    // One that is not on flash is not in force: the ledger's fault cuts the supply, and the next start tries again.
    if (verdict === 'adopt' && !ledger.update({ calibration: found })) return;
    this.#note(
      verdict === 'adopt' ? 'calibrationChanged' : 'calibrationRefused',
      detailDigests(inForce, found),
    );
  }

  /** One without a name has nobody to tell. */
  #note(name: EventName, detail: Uint8Array): void {
    if (this.m3terId !== undefined) this.#agenda.note(name, detail);
  }

  /** Signing takes long: not before it is needed. */
  #provedKey(): Result<SigningKey, KeyFault> {
    this.#key ??= signingKey(this.#host.crypto, this.#host.secrets.seed());
    return this.#key;
  }

  /**
   * Proves the key and opens the correspondence in a turn of its own, once the supply is decided: with a full log that
   * takes a board a second, for which nobody need sit in the dark. A fault that is found opens the relay again. Nothing
   * is stated before, and what is supplied meanwhile is counted: a ledger that is behind its log gives away that second.
   */
  #openSoon(): void {
    if (this.#voice !== undefined || this.#voiceFault !== undefined) return;
    this.#opening ??= this.#host.clock.after(0, () => {
      this.#opening = undefined;
      const opened = this.#openCorrespondence();
      if (opened?.ok) this.#voice = opened.value;
      else this.#voiceFault = opened?.fault;
      this.#voice?.start();
      this.#redecide();
    });
  }

  /** Undefined for a meter that has no name, or no ledger. */
  #openCorrespondence(): Result<Correspondence, KeyFault | CorrespondenceFault> | undefined {
    const key = this.#provedKey();
    if (!this.#ledger.ok) return undefined;
    if (!key.ok) return key;
    const ledger = this.#ledger.value;
    const { link } = ledger.settings;
    if (link === undefined) return undefined;
    const updater = this.#updater;
    const handlers = {
      measurement: () => this.#measurement,
      takeStatus: () => this.#takeStatus(),
      extras: () => ({
        distortions: this.#line.distortions,
        forecast: this.forecast,
        ...(!this.#consumption.isSinglePhase && { registers: ledger.phases }),
      }),
      ...(updater && { takeRelease: (release: FirmwareRelease) => updater.take(release) }),
      onApplied: (directive: Directive) => this.#onApplied(directive),
      onOnline: (isOnline: boolean) => this.#onOnline(isOnline),
    };
    const stated = { ledger, agenda: this.#agenda, link, key: key.value };
    return Correspondence.open(this.#host, this.#options, handlers, stated);
  }
}

/**
 * Restores the ledger. One that knows of no link, and of no reset, beside a log that was used is `corrupt`: to begin at
 * zero would give the household all that it ever bought once more.
 */
function openLedger({ flash }: Host, onSectorRetired: (sector: number) => void): Result<Ledger, LedgerFault> {
  const ledger = Ledger.open(flash.ledger, onSectorRetired);
  if (!ledger.ok) return ledger;
  const { link, resetVersion } = ledger.value.settings;
  return link === undefined && resetVersion === 0 && isLogUsed(flash.log) ? failure('corrupt') : ledger;
}

function voltageLimits({ nominalVoltage, sag, swell, interruption }: PolicySetting): VoltageLimits {
  return { nominal: nominalVoltage, sag, swell, interruption };
}
