import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { wattHours } from '../../../firmware/energy';
import type { Network, RestartCause } from '../../../firmware/host';
import { Ledger } from '../../../firmware/ledger/ledger';
import { Meter } from '../../../firmware/meter';
import { readBoard } from '../../../hosts/esp32/board';
import { BoardClock } from '../../../hosts/esp32/clock';
import { type Esp32Host, esp32Host } from '../../../hosts/esp32/esp32-host';
import { Ade7953Chip } from '../../../hosts/mock/chips/ade7953-chip';
import { Cse7766Chip } from '../../../hosts/mock/chips/cse7766-chip';
import { Pzem004tChip } from '../../../hosts/mock/chips/pzem004t-chip';
import { SerialWire } from '../../../hosts/mock/chips/serial-wire';
import { VirtualClock } from '../../../hosts/mock/clock';
import { type EmulatedMeterFlash, emulatedFlash } from '../../../hosts/mock/flash';
import { calibrationOf, TYPICAL_HARDWARE } from '../../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../../hosts/mock/phasor';
import { Prng } from '../../../hosts/mock/prng';
import type { SampledWindow } from '../../../hosts/native/sampler/native-window';
import { cached } from '../../support/cached-crypto';
import { crypto as plainCrypto } from '../../support/messages';
import { linkOffer } from '../../support/meter-rig';
import { fakeCoils } from './fake-coil';
import { fakeFlash } from './fake-flash';
import { FakeNvs } from './fake-nvs';
import { FakePin } from './fake-pin';

const crypto = cached(plainCrypto);
/** Nothing answers. */
const NOWHERE: Network = { open: () => ({ read: () => undefined, write() {}, close() {} }) };

function configOf(name: string): unknown {
  const path = new URL(`../../../hosts/esp32/boards/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).config.board;
}

/** A sampler on a simulated house that draws 1 kW, or one that hangs. */
function houseSampler(time: VirtualClock, isAlive: () => boolean) {
  return class {
    readonly channels: readonly number[];
    #frontEnd: PhasorFrontEnd | undefined;
    #next: SampledWindow['window'] | undefined;
    #end = 0;

    constructor(channels: readonly number[]) {
      this.channels = channels;
    }

    start(): boolean {
      this.#end = time.monotonic() * 1000;
      this.#frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('house'), this.#end);
      this.#advance();
      return true;
    }

    take(): SampledWindow | undefined {
      if (this.#next === undefined || this.#end > time.monotonic() * 1000 || !isAlive()) return undefined;
      const window = this.#next;
      this.#advance();
      return { window, losses: 0, clipped: 0, joined: 1 };
    }

    capture(): void {}

    takeCapture(): undefined {}

    stop(): void {
      this.#next = undefined;
    }

    #advance(): void {
      const phases = [{ activePower: 1000, reactivePower: 0 }];
      const world = () => ({ voltage: 230, frequency: 50, phases, until: Number.POSITIVE_INFINITY });
      this.#next = this.#frontEnd?.next(world);
      this.#end += this.#next?.duration ?? 0;
    }
  };
}

interface Boot {
  readonly host: Esp32Host;
  readonly meter: Meter;
  readonly fed: () => number;
  readonly decisions: () => number;
}

/** One board over its restarts: its flash and secrets stay. */
class Bench {
  readonly time = new VirtualClock();
  readonly flash: EmulatedMeterFlash = emulatedFlash('board');
  readonly nvs = new FakeNvs();
  readonly coils = fakeCoils(this.time);
  readonly line = new SerialWire({ clock: this.time, baud: 9600, bitsPerByte: 10 });
  readonly evenLine = new SerialWire({ clock: this.time, baud: 4800, bitsPerByte: 11 });
  readonly ade7953 = new Ade7953Chip(this.time);
  isSensorAlive = true;
  readonly #board;

  constructor(name: string, pin?: number, sensor?: Record<string, unknown>) {
    const { adc, phases, ...config } = configOf(name) as Record<string, unknown>;
    this.#board = readBoard({
      ...config,
      ...(sensor === undefined ? { ...(adc !== undefined && { adc, phases }) } : { sensor }),
      ...(pin !== undefined && { relay: { type: 'monostable', pin } }),
    });
  }

  /** What an owner and a household did before. */
  provision(): void {
    const ledger = Ledger.open(this.flash.ledger);
    if (!ledger.ok) throw new Error(ledger.fault);
    const { meter } = this.assemble('power');
    const linked = meter.link(linkOffer());
    if (!linked.ok) throw new Error(linked.fault);
    const linkedLedger = Ledger.open(this.flash.ledger);
    if (linkedLedger.ok) linkedLedger.value.credit(wattHours(1000), wattHours(0));
  }

  assemble(restart: RestartCause): Boot {
    const time = this.time;
    const timers = {
      set: (callback: () => void, milliseconds: number) => time.after(milliseconds, callback),
      clear: (timer: { cancel(): void }) => timer.cancel(),
    };
    let fed = 0;
    let decisions = 0;
    const devices = {
      ...{ crypto, network: NOWHERE, flash: fakeFlash({ ledger: this.flash.ledger, log: this.flash.log }) },
      clock: new BoardClock({ timers, microseconds: () => time.monotonic() * 1000 }),
      secrets: this.nvs,
      seedRandom: (length: number) => new Uint8Array(length).fill(42),
      Sampler: houseSampler(time, () => this.isSensorAlive),
      ...{ Digital: FakePin, Coil: this.coils.Coil },
      ...{ Serial: this.line.io, EvenParitySerial: this.evenLine.io, I2C: this.ade7953.io },
      watchdog: { start: () => true, feed: () => fed++ },
      tellGuard: () => decisions++,
    };
    const host = esp32Host(this.#board, devices, restart, { show() {} });
    const meter = new Meter(host, { calibration: calibrationOf(TYPICAL_HARDWARE) });
    return { host, meter, fed: () => fed, decisions: () => decisions };
  }
}

function assertUntouched(t: ExecutionContext, pin: number): void {
  t.throws(() => FakePin.at(pin), { message: `expected pin ${pin} to be in use` });
}

test('a credited meter leaves the relay alone until it has decided, then closes it and feeds the watchdog', t => {
  const bench = new Bench('esp32-devkit', 18);
  bench.provision();
  const { meter, fed, decisions } = bench.assemble('requested');
  assertUntouched(t, 18);
  meter.start();
  assertUntouched(t, 18);
  t.is(decisions(), 0);
  bench.time.advance(1000);
  t.is(FakePin.at(18).level, 1);
  t.is(FakePin.at(18).options.initialValue, 1, 'it began at that level');
  t.is(decisions(), 1);
  t.true(fed() >= 3);
  t.true(Math.abs(meter.measurement.phases[0]?.activePower ?? 0) > 900);
  bench.time.advance(60_000);
  t.is(decisions(), 1);
});

test('a new meter has a secret and decides for open at once', t => {
  const bench = new Bench('esp32-devkit', 19);
  const { meter, decisions } = bench.assemble('reset');
  meter.start();
  t.is(FakePin.at(19).level, 0);
  t.deepEqual([meter.supply.reason, decisions()], ['unlinked', 1]);
  t.is(bench.nvs.values.get('seed')?.length, 32);
});

test('a sensor that hangs opens the relay, is started anew, and closes it when it is back', t => {
  const bench = new Bench('esp32-devkit', 22);
  bench.provision();
  const { meter, fed } = bench.assemble('reset');
  meter.start();
  bench.time.advance(1000);
  const pin = FakePin.at(22);
  t.is(pin.level, 1);
  bench.isSensorAlive = false;
  const before = fed();
  bench.time.advance(8000);
  t.is(pin.level, 0);
  t.is(meter.supply.reason, 'fault');
  t.true(fed() > before, 'that is no reason to restart');
  bench.isSensorAlive = true;
  bench.time.advance(300_000);
  t.is(pin.level, 1);
});

test('a latching relay gets no pulse at a restart before the decision, and then one', t => {
  const bench = new Bench('esp32c3-latching');
  bench.provision();
  const { meter, host } = bench.assemble('crash');
  t.is(host.restart, 'crash');
  meter.start();
  t.deepEqual(bench.coils.pulses, []);
  bench.time.advance(1000);
  t.deepEqual(
    bench.coils.pulses.map(({ pin }) => pin),
    [5],
  );
});

test('a damaged secret supplies nothing, and says so', t => {
  const bench = new Bench('esp32-devkit', 23);
  bench.nvs.values.set('seed', new Uint8Array(31));
  const { meter } = bench.assemble('reset');
  meter.start();
  bench.time.advance(1000);
  t.is(FakePin.at(23).level, 0);
  t.deepEqual([meter.fault, meter.supply.reason], ['unusable-secret', 'fault']);
  t.is(bench.nvs.values.get('seed')?.length, 31);
});

test('a board with metering modules closes the relay once all have answered, and opens it when one is torn off', t => {
  const bench = new Bench('esp32-pzem004t', 4);
  const prng = new Prng('modules');
  const [first] = [1, 2, 3].map(
    address => new Pzem004tChip({ clock: bench.time, wire: bench.line, prng, address }),
  );
  bench.provision();
  const { meter, host } = bench.assemble('reset');
  meter.start();
  bench.time.advance(1100);
  t.is(host.sensor.phases, 3);
  t.is(FakePin.at(4).level, 1);
  if (first !== undefined) first.isPowered = false;
  bench.time.advance(5000);
  t.is(FakePin.at(4).level, 0);
  t.is(meter.supply.reason, 'fault');
});

test('a board with a chip on the line with parity, or on I2C, measures by it', t => {
  const cse7766 = new Bench('esp32-devkit', 5, { type: 'cse7766', port: 1, receive: 19 });
  new Cse7766Chip({ clock: cse7766.time, wire: cse7766.evenLine, prng: new Prng('cse7766') });
  const counts = { countsPerVolt: 26_000, countsPerAmp: 100_000, countsPerWattSecond: 6.588 };
  const ade7953 = new Bench('esp32-devkit', 13, { type: 'ade7953', sda: 21, scl: 22, ...counts });
  for (const bench of [cse7766, ade7953]) {
    bench.provision();
    const { meter } = bench.assemble('reset');
    meter.start();
    bench.time.advance(2100);
    t.true(Math.abs((meter.measurement.phases[0]?.voltage ?? 0) - 230) < 1);
    t.true(meter.supply.closed);
  }
});
