import type { MeterHistory } from '../../../simulator/page/page-source';
import type {
  EventRow,
  MeterView,
  ScopeView,
  SupplyChange,
  WorldView,
} from '../../../simulator/page/page-state';
import { SampleTail } from '../../../simulator/page/sample-tail';
import { FakeSource } from './fake-source';

/** Unix seconds: an evening */
export const NOW = Date.UTC(2026, 5, 1, 18, 0) / 1000;

/** A meter with a past: cut off for ten minutes, because its credit was used up and until somebody paid. */
export const CUT_OFF: readonly SupplyChange[] = [
  { at: NOW - 7200, closed: true, reason: 'supplied' },
  { at: NOW - 1200, closed: false, reason: 'exhausted' },
  { at: NOW - 600, closed: true, reason: 'supplied' },
];

const EVENTS: readonly EventRow[] = [
  { sequence: 4, time: NOW - 600, name: 'supplyClosed', detail: 'supplied' },
  { sequence: 3, time: NOW - 601, name: 'creditApplied', detail: '5.000 kWh' },
  { sequence: 2, time: NOW - 1200, name: 'supplyOpened', detail: 'exhausted' },
  { sequence: 1, time: NOW - 80_000, name: 'linked', detail: '1' },
];

const CONTROLS = {
  ...{ pay: { unit: 'xDAI', amounts: [1, 5] }, ask: true as const, load: 0, clouds: null },
  ...{ plugged: true, network: true, caseOpen: false, welded: false, supply: true, limit: 0 },
  tariff: { name: 'flat', choices: ['flat', 'double'], terms: 'flat: all day ×1; double: all day ×2.' },
};

export const REGISTERS = { imported: 5e6, exported: 0, debited: 5e6, credited: 7e6, withdrawn: 0, feedIn: 0 };

/** One meter, or more, with everything that the page can show; what a test wants otherwise, it says in `view`. */
export class LivedSource extends FakeSource {
  /** Of every meter, in place of what is made up here. */
  view: Partial<MeterView> = {};
  isPaused = false;
  /** s since `NOW`, which go by as the test likes */
  elapsed = 0;
  readonly #lived: MeterHistory = { recent: new SampleTail(900), days: new SampleTail(672) };

  constructor(names: readonly string[] = ['House 1']) {
    super(names);
    for (let time = NOW - 1800; time <= NOW; time += 2) this.#lived.recent.add(sampleAt(time));
    for (let time = NOW - 86_400; time <= NOW; time += 900) this.#lived.days.add(sampleAt(time));
  }

  override world(): WorldView {
    return { time: NOW + this.elapsed, speed: 60, paused: this.isPaused };
  }

  override history(): MeterHistory {
    return this.#lived;
  }

  override meter(m3terId: string): MeterView | undefined {
    const meter = super.meter(m3terId);
    if (meter === undefined) return undefined;
    const reading = {
      imported: 5e6,
      problem: '',
      acknowledged: true,
      proven: false,
      digest: `0x${'ab'.repeat(32)}`,
    };
    return {
      ...meter,
      ...{ address: `0x${'12'.repeat(20)}`, topic: 'm3ter/100/1/', money: '12.50 xDAI', since: NOW - 600 },
      ...{ price: { amount: 0.25, currency: 'xDAI' }, forecast: { hoursLeft: 30, early: 20, late: 50 } },
      readings: [2, 1].map(sequence => ({ ...reading, sequence, time: NOW - 900 * sequence })),
      ...{ supply: CUT_OFF, events: EVENTS, controls: CONTROLS },
      appliances: [{ name: 'Fridge', power: 120 }],
      ...{ solarPower: 40, registers: REGISTERS },
      ...this.view,
    };
  }

  scope(): ScopeView {
    const phases = Array.from({ length: 160 }, (_, k) => (4 * Math.PI * k) / 160);
    return {
      ...{ samplePeriod: 250, voltage: 230, current: 2, powerFactor: 0.97 },
      volts: phases.map(phase => 325 * Math.sin(phase)),
      amps: phases.map(phase => 2.8 * Math.sin(phase - 0.2)),
    };
  }
}

function sampleAt(time: number): readonly [number, number, number, number, number] {
  const isOff = time >= NOW - 1200 && time < NOW - 600;
  return [time, isOff ? 0 : 460, 0, 230, isOff ? 0 : 2e6];
}
