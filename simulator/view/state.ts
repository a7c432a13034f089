import type { MilliwattHours } from '../../firmware/energy';
import type { Forecast } from '../../firmware/supply/forecast';

/** What the meter measures in the present window. */
export interface LineView {
  /** V, RMS */
  readonly voltage: number;
  /** A, RMS */
  readonly current: number;
  /** W: positive is import, negative export */
  readonly activePower: number;
  /** −1 to 1 */
  readonly powerFactor: number;
  /** Hz */
  readonly frequency: number;
}

export interface ApplianceView {
  readonly name: string;
  /** W */
  readonly power: number;
}

export interface ReadingView {
  readonly sequence: number;
  /** Unix seconds, simulated */
  readonly time: number;
  readonly imported: MilliwattHours;
  /** Whether signature and chain were found right, wrong, or not looked at yet. */
  readonly verified: 'verified' | 'pending' | 'bad';
  /** The operator has said that it keeps it for good. */
  readonly acknowledged: boolean;
}

export interface PurchaseView {
  /** Unix seconds, simulated */
  readonly time: number;
  readonly energy: MilliwattHours;
}

export interface EventView {
  /** Unix seconds, simulated */
  readonly time: number;
  /** A few words. */
  readonly text: string;
}

/** The chain that people pay on, and what happened last at each stage of the circle; absent: nothing yet. */
export interface ChainView {
  readonly chainId: number;
  /** xDAI that a kWh costs */
  readonly price: number;
  /** xDAI that the household has */
  readonly money: number;
  /** xDAI */
  readonly payment?: StageView & { readonly amount: number };
  /** That the payment is in. */
  readonly block?: StageView & { readonly number: number };
  /** In all. */
  readonly credit?: StageView & { readonly energy: MilliwattHours };
  readonly reading?: StageView & { readonly sequence: number };
  readonly acknowledged?: StageView & { readonly sequence: number };
  readonly proved?: StageView & { readonly sequence: number };
  /** Reward tokens, in all. */
  readonly reward?: StageView & { readonly amount: number };
}

export interface StageView {
  /** Unix seconds, simulated */
  readonly time: number;
}

/** One moment of the simulation, as the terminal shows it. Never changed: each moment is a new object. */
export interface SimulationState {
  /** Unix seconds, simulated; shown as it is in UTC, which is the house's own time. */
  readonly time: number;
  /** Simulated seconds per second. */
  readonly speed: number;
  readonly paused: boolean;
  readonly m3terId: bigint;
  /** The device's address, 0x and 40 hex digits. */
  readonly address: string;
  readonly line: LineView;
  /** Undefined while it is being restored, or the meter is without power: never shown as a zero. */
  readonly balance: MilliwattHours | undefined;
  readonly lowBalance: boolean;
  /** How long the balance lasts; undefined until the meter has learned a day. */
  readonly forecast: Forecast | undefined;
  /** Whether the relay lets power through. */
  readonly closed: boolean;
  /** Why the supply is as it is, a SupplyReason. */
  readonly reason: string;
  readonly networkUp: boolean;
  /** Whether the meter is plugged in. */
  readonly plugged: boolean;
  /** The appliances that are on. */
  readonly appliances: readonly ApplianceView[];
  /** W that the roof delivers */
  readonly solarPower: number;
  /** Mean active power, W, oldest first, one for each `powerHistoryStep`. */
  readonly powerHistory: readonly number[];
  /** s of simulated time between two values of the history */
  readonly powerHistoryStep: number;
  /** Oldest first, as are purchases and events; the view shows as many of the last as there is room for. */
  readonly readings: readonly ReadingView[];
  /** Energy imported, as the meter's registers have it. */
  readonly metered: MilliwattHours;
  /** Energy imported, as the world knows it; mWh, fractional. */
  readonly trueEnergy: number;
  readonly purchases: readonly PurchaseView[];
  readonly events: readonly EventView[];
  /** Undefined where energy is sold by fiat. */
  readonly chain: ChainView | undefined;
  /** What just happened, or empty. */
  readonly message: string;
}

/** Where the view gets the state from: `useSyncExternalStore`'s kind of store. */
export interface SimulationStore {
  /** Calls back after each change, at any rate; returns how to stop. */
  subscribe(listener: () => void): () => void;
  getState(): SimulationState;
}

/** What the keys do. */
export interface SimulationActions {
  /** Buys 1 kWh. */
  buy(): void;
  /** Pays 1 xDAI, where there is a chain. */
  pay(): void;
  /** Asks at the meter for supply, as its button does. */
  ask(): void;
  /** Cuts the network, or restores it. */
  toggleNetwork(): void;
  /** Pulls the meter's plug, or puts it back. */
  togglePlug(): void;
  faster(): void;
  slower(): void;
  togglePause(): void;
  quit(): void;
}
