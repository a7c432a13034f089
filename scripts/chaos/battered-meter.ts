import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal } from '../../firmware/bytes';
import type { LinkOffer } from '../../firmware/directives/link';
import type { Clock, Crypto, Timer } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import type { Registers, RolesSetting } from '../../firmware/ledger/state';
import { Meter } from '../../firmware/meter';
import { Board } from '../../hosts/mock/board';
import type { VirtualClock } from '../../hosts/mock/clock';
import { type EmulatedMeterFlash, emulatedFlash } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import { MockRelay } from '../../hosts/mock/relay';
import { Household, LARGEST_LOAD, MEASURING_INTERVAL } from './household';
import { DEAREST, type Instructions } from './instructions';
import type { Parties } from './parties';
import type { OnBreach } from './promises';
import { StormNetwork } from './storm-network';
import { TariffBelief } from './tariff-belief';
import { Fate } from './weather';
import { WireWitness } from './wire-witness';
import { type Expected, WorldAccount } from './world-account';

/** mWh in a W for a ms */
const MILLIWATT_HOURS = 1 / 3600;
/** mWh that a cut may cost: 10 Wh or 10 s, whichever is more, and the measurement in which it came */
const MOST_LOST =
  Math.max(10_000, LARGEST_LOAD * 10_000 * MILLIWATT_HOURS) +
  LARGEST_LOAD * MEASURING_INTERVAL * MILLIWATT_HOURS;

/** What a run of the firmware begins with: mWh. */
interface Begin {
  readonly debited: number;
  readonly feedIn: number;
  readonly expected: Expected;
  readonly changes: number;
}

/** Lets see whom it obeys. */
class ReadableMeter extends Meter {
  get roles(): RolesSetting | undefined {
    return this.ledger?.settings.roles;
  }
}

/** Tells no time until it is told that it knows. */
class LateClock implements Clock {
  isKnown = true;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  now(): number | undefined {
    return this.isKnown ? this.#clock.now() : undefined;
  }

  after(milliseconds: number, callback: () => void): Timer {
    return this.#clock.after(milliseconds, callback);
  }
}

export interface BatteredMeterPorts {
  readonly clock: VirtualClock;
  readonly crypto: Crypto;
  readonly domain: SigningDomain;
  readonly prng: Prng;
  readonly m3terId: bigint;
  readonly parties: Parties;
  /** What it was sold until now */
  readonly told: Instructions['told'];
  /** It was told to obey others, and does. */
  readonly onRoles: (version: number) => void;
  readonly onBreach: OnBreach;
}

/** A meter with a household behind it, whose power and network fail; whatever comes back is held against the truth. */
export class BatteredMeter {
  readonly m3terId: bigint;
  readonly network: StormNetwork;
  readonly witness: WireWitness;
  /** Times that it had no power */
  cuts = 0;
  /** mWh, the most that one cut has cost */
  worstLoss = 0;
  readonly #ports: BatteredMeterPorts;
  readonly #clock: LateClock;
  readonly #flash: EmulatedMeterFlash;
  readonly #board: Board<ReadableMeter>;
  readonly #account = new WorldAccount();
  readonly #tariffs = new TariffBelief();
  /** mWh imported that cuts have cost, and exported */
  #lost = { imported: 0, exported: 0 };
  /** At the last start; undefined once it was judged what came since. */
  #begin: Begin | undefined;
  #credited = 0;
  #withdrawn = 0;
  #rolesVersion = 0;

  constructor(ports: BatteredMeterPorts) {
    const { clock, domain, prng, m3terId, parties } = ports;
    this.#ports = ports;
    this.m3terId = m3terId;
    this.#clock = new LateClock(clock);
    this.#flash = emulatedFlash(prng.bits());
    const now = () => this.#clock.now();
    this.witness = new WireWitness(domain, {
      onTariffReached: (tariff, signer) => {
        if (signer !== undefined && !parties.isFormer(signer)) this.#tariffs.reached(tariff, now());
      },
      onTariffConfirmed: (tariff, signer) => {
        if (this.#obeys(signer)) this.#tariffs.confirmed(tariff, now());
      },
      onFork: sequence => this.#breach('readings forked', `two readings ${sequence}`),
    });
    this.network = new StormNetwork(clock, new Fate(prng.fork('network')), this.witness);
    const relay = new MockRelay();
    const seed = prng.fork('secret').bytes(32);
    const sensor = new Household({
      clock,
      fate: new Fate(prng.fork('household')),
      isConnected: () => relay.isClosed(),
      onMeasured: (watts, milliseconds) => this.#onMeasured(watts, milliseconds),
    });
    this.#board = new Board({
      parts: {
        ...{ sensor, relay, clock: this.#clock, crypto: ports.crypto, network: this.network },
        ...{ flash: this.#flash, secrets: { seed: () => seed } },
      },
      makeMeter: host => new ReadableMeter(host, { calibration: [], broker: { host: 'broker', port: 1883 } }),
    });
  }

  get isOn(): boolean {
    return this.#board.isOn;
  }

  /** The one that runs, or ran last. */
  get meter(): ReadableMeter {
    return this.#board.meter;
  }

  /** Whether its clock is set. */
  set isTimeKnown(isTimeKnown: boolean) {
    this.#clock.isKnown = isTimeKnown;
  }

  /** As its owner does it with a new one. @throws Error when it is not taken */
  link(offer: LinkOffer): void {
    this.switchOn();
    const linked = this.meter.link(offer);
    if (!linked.ok) throw new Error(`link: expected a new meter to take it, got ${linked.fault}`);
  }

  /** @param cutAt the how manieth write or erase from now on will be torn */
  switchOn(cutAt?: number): void {
    this.#flash.power.reboot();
    if (cutAt !== undefined) this.#flash.power.cutAt(cutAt);
    // All but the last measurement was counted when the power failed in the midst of it.
    if (this.#begin !== undefined) this.judgeRun(LARGEST_LOAD * MEASURING_INTERVAL * MILLIWATT_HOURS);
    this.#board.boot();
    if (this.isOn) this.#judgeStart();
  }

  /** At once, or in the midst of the how manieth write or erase from now on. */
  cutPower(cutAt?: number): void {
    if (cutAt === undefined) {
      if (this.isOn) this.judgeRun();
      this.#board.cutPower();
    } else this.#flash.power.cutAt(cutAt);
  }

  /** Nothing that was planned to fail will. */
  spare(): void {
    this.#flash.power.reboot();
  }

  /**
   * Since the start what flowed was counted, and weighed as it had to be.
   * @param slack mWh that may not be counted, of the measurement in which the power failed
   */
  judgeRun(slack = 0): void {
    const { registers } = this.meter;
    const begin = this.#begin;
    if (registers === undefined || begin === undefined) return;
    this.#begin = undefined;
    const expected = this.#account.expected();
    if (slack === 0) this.#judgeEnergy(registers, expected);
    // Of what comes before a change some of a mWh may count after it.
    const most = (DEAREST / 1000) * (this.#account.changes - begin.changes + 1);
    for (const name of ['debited', 'feedIn'] as const) {
      const got = registers[name] - begin[name];
      const before = begin.expected[name];
      const least = expected[name].least - before.least - most - (DEAREST / 1000) * slack;
      const limit = expected[name].most - before.most + most;
      if (got < least || got > limit)
        this.#breach('balances wrong', `${name}: expected ${least} to ${limit} mWh more, got ${got}`);
    }
  }

  /** What stands on its flash, read while it is off. */
  readLedger(): Ledger | undefined {
    this.cutPower();
    this.#flash.power.reboot();
    const opened = Ledger.open(this.#flash.ledger);
    return opened.ok ? opened.value : undefined;
  }

  #onMeasured(watts: number, milliseconds: number): void {
    this.#account.count(watts, milliseconds, this.#tariffs.weights(this.#clock.now()));
    this.#judgeCredit();
    this.#watchRoles();
  }

  #obeys(signer: Uint8Array | undefined): boolean {
    const { roles } = this.meter;
    if (roles === undefined || signer === undefined) return false;
    return equal(signer, roles.owner) || equal(signer, roles.operator);
  }

  #watchRoles(): void {
    const version = this.meter.roles?.version ?? 0;
    if (version === this.#rolesVersion) return;
    this.#rolesVersion = version;
    this.#ports.onRoles(version);
  }

  #judgeStart(): void {
    const { fault, registers } = this.meter;
    if (registers === undefined || fault !== undefined) {
      this.#breach('unreadable boots', `expected a sound meter, got ${fault}`);
      return;
    }
    this.#judgeCredit();
    const expected = this.#account.expected();
    const imported = expected.imported - registers.imported;
    const exported = expected.exported - registers.exported;
    const loss = imported + exported - this.#lost.imported - this.#lost.exported;
    this.worstLoss = Math.max(this.worstLoss, loss);
    this.#lost = { imported, exported };
    const { debited, feedIn } = registers;
    this.#begin = { debited, feedIn, expected, changes: this.#account.changes };
    if (loss > MOST_LOST)
      this.#breach('energy lost beyond the bound', `expected ${MOST_LOST} mWh at most, got ${loss}`);
    if (imported < 0 || exported < 0)
      this.#breach('energy invented', `expected ${expected.imported} mWh at most, got ${registers.imported}`);
  }

  /** Between two cuts nothing is lost, but less than a mWh in either direction. */
  #judgeEnergy({ imported, exported }: Registers, expected: Expected): void {
    const missing = {
      imported: expected.imported - this.#lost.imported - imported,
      exported: expected.exported - this.#lost.exported - exported,
    };
    if (Math.abs(missing.imported) > 1 || Math.abs(missing.exported) > 1)
      this.#breach('balances wrong', `expected what was drawn, missed ${JSON.stringify(missing)} mWh`);
  }

  #judgeCredit(): void {
    const { credited = this.#credited, withdrawn = this.#withdrawn } = this.meter.registers ?? {};
    const { told } = this.#ports;
    if (credited < this.#credited)
      this.#breach('credits lost', `expected ${this.#credited} mWh, got ${credited}`);
    if (credited > told.credited)
      this.#breach('credits doubled', `expected ${told.credited} mWh at most, got ${credited}`);
    if (withdrawn < this.#withdrawn || withdrawn > told.withdrawn)
      this.#breach(
        'withdrawals wrong',
        `expected ${this.#withdrawn} to ${told.withdrawn} mWh, got ${withdrawn}`,
      );
    this.#credited = credited;
    this.#withdrawn = withdrawn;
  }

  #breach(promise: Parameters<OnBreach>[0], message: string): void {
    this.#ports.onBreach(promise, this.m3terId, message);
  }
}
