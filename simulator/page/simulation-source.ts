import { SigningDomain } from '../../firmware/attest/signing-domain';
import { meterTopic } from '../../firmware/link/topics';
import { createCrypto } from '../../hosts/node/crypto';
import type { LiveSimulation } from '../live-simulation';
import { chainView, lineView } from '../live-views';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { formatMoney } from '../view/format';
import { deviceAddress, eventRows, readingRows } from './account-views';
import { circleOf } from './circle';
import { HouseScope } from './house-scope';
import { MeterRecorder, record } from './meter-recorder';
import type { PageAction } from './page-action';
import type { MeterHistory, PageSource } from './page-source';
import type { MeterRow, MeterView, ScopeView, WorldView } from './page-state';
import { CURRENCY, SimulationControls } from './simulation-controls';
import { meterRow } from './simulation-views';
import { supplyChanges, supplySince } from './supply-changes';

/** What the source keeps of one meter. */
interface Watched {
  readonly meter: SimulatedMeter;
  readonly recorder: MeterRecorder;
  readonly scope: HouseScope;
}

/** A simulation as the page shows it, and what the page's controls do with it. */
export class SimulationSource implements PageSource {
  readonly #simulation: Simulation;
  readonly #live: LiveSimulation;
  readonly #controls: SimulationControls;
  readonly #crypto = createCrypto();
  readonly #domain: SigningDomain;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #stopRecording: () => void;

  /** Begins to write down what the meters measure. */
  constructor(simulation: Simulation, live: LiveSimulation) {
    this.#simulation = simulation;
    this.#live = live;
    this.#controls = new SimulationControls(simulation, live);
    this.#domain = new SigningDomain(this.#crypto, simulation.registry);
    this.#watched = new Map(simulation.meters.map(meter => [String(meter.m3terId), watch(meter)]));
    const recorders = [...this.#watched.values()].map(({ recorder }) => recorder);
    this.#stopRecording = record(simulation.clock, recorders, () => simulation.time);
  }

  /** Writes nothing down any more. */
  close(): void {
    this.#stopRecording();
  }

  world(): WorldView {
    const { speed, paused } = this.#live.getState();
    return { time: this.#simulation.time, speed, paused };
  }

  rows(): MeterRow[] {
    return this.#simulation.meters.map(meter => meterRow(meter, this.#simulation.account(meter)));
  }

  meter(m3terId: string): MeterView | undefined {
    const watched = this.#watched.get(m3terId);
    return watched && this.#view(watched.meter);
  }

  history(m3terId: string): MeterHistory | undefined {
    return this.#watched.get(m3terId)?.recorder;
  }

  scope(m3terId: string): ScopeView | undefined {
    return this.#watched.get(m3terId)?.scope.look();
  }

  /** @throws Failure when there is no such meter, or what is asked for cannot be done */
  act(action: PageAction): Promise<string> {
    return this.#controls.act(action);
  }

  #view(shown: SimulatedMeter): MeterView {
    const { m3terId, meter, home } = shown;
    const account = this.#simulation.account(shown);
    const chain = chainView(this.#simulation, shown);
    const row = meterRow(shown, account);
    // the house sees a contact, which may be welded: what the meter wants, it tells itself
    const supply = supplyChanges(account, shown.supply);
    return {
      ...row,
      address: deviceAddress(this.#crypto, account),
      topic: meterTopic(this.#simulation.registry.chainId, m3terId, ''),
      since: supplySince(supply, row.closed),
      supply,
      line: meter && lineView(shown),
      forecast: meter?.forecast,
      registers: meter?.registers,
      price: chain && { amount: chain.price, currency: CURRENCY },
      money: chain && formatMoney(chain.money),
      circle: circleOf(this.#simulation, shown, chain),
      readings: readingRows(account, this.#domain, chain && (chain.proved?.sequence ?? 0)),
      events: eventRows(account),
      appliances: home.house
        .loads()
        .filter(({ on }) => on)
        .map(({ name, power }) => ({ name, power })),
      solarPower: home.house.solarPower,
      controls: this.#controls.of(shown),
    };
  }
}

function watch(meter: SimulatedMeter): Watched {
  return {
    meter,
    recorder: new MeterRecorder(meter),
    scope: new HouseScope(meter.home.house, Number(meter.m3terId)),
  };
}
