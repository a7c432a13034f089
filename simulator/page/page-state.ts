/** What the page shows, as it travels: JSON, so numbers of M3ters are decimal text and what is unknown is left out. */
import type { LineView } from '../view/state';

export type { LineView };

/** The world as a whole. */
export interface WorldView {
  /** Unix seconds; simulated where it is a simulation. */
  readonly time: number;
  /** Simulated seconds per second; absent where the meters are real. */
  readonly speed?: number;
  readonly paused?: boolean;
}

/** A meter among many. */
export interface MeterRow {
  readonly m3terId: string;
  /** Whatever it, or who runs it, calls it: text and nothing else. */
  readonly name: string;
  /** The relay lets power through. */
  readonly closed: boolean;
  /** A SupplyReason, `unplugged`, or `unheard`: nothing is known of its supply */
  readonly reason: string;
  /** W: positive is import, negative export; absent while it is not known */
  readonly power?: number | undefined;
  /** mWh; absent while it is not known: never shown as a zero */
  readonly balance?: number | undefined;
  readonly lowBalance: boolean;
  readonly online: boolean;
  /** Readings in which something is wrong. */
  readonly unverified: number;
}

/** h that the balance lasts, and between which bounds. */
export interface ForecastView {
  readonly hoursLeft: number;
  readonly early: number;
  readonly late: number;
}

/** Totals, mWh. */
export interface RegistersView {
  readonly imported: number;
  readonly exported: number;
  readonly debited: number;
  readonly credited: number;
  readonly withdrawn: number;
  readonly feedIn: number;
}

/** Energy that was paid for and that the meter does not have. */
export interface UntakenView {
  /** mWh */
  readonly energy: number;
  /** Why the meter has refused a credit since it last took one, a Refusal; absent: it has not */
  readonly refusal?: string;
}

/** How money becomes energy, and energy proof, in this order. */
export const CIRCLE_STEPS = [
  'payment',
  'block',
  'credit',
  'consumption',
  'reading',
  'acknowledged',
  'proven',
  'reward',
] as const;
export type CircleStepName = (typeof CIRCLE_STEPS)[number];

export interface CircleStep {
  readonly step: CircleStepName;
  /** Unix seconds of the last time that it happened; 0: nobody remembers when; absent: never yet */
  readonly at?: number | undefined;
  /** Its latest figure: `1.00 xDAI`, `#41` */
  readonly figure: string;
  /** It happened since the last payment, and to what that paid for. */
  readonly isDone: boolean;
}

export interface ReadingRow {
  readonly sequence: number;
  /** Unix seconds; 0: the meter did not know */
  readonly time: number;
  /** mWh */
  readonly imported: number;
  /** What is wrong with it, in a few words; empty: verified */
  readonly problem: string;
  readonly acknowledged: boolean;
  /** A contract has checked it; absent where there is no chain */
  readonly proven?: boolean | undefined;
  /** 0x and 64 hex digits */
  readonly digest: string;
}

export interface EventRow {
  readonly sequence: number;
  /** Unix seconds; 0: the meter did not know */
  readonly time: number;
  /** An EventName, or `event 99` */
  readonly name: string;
  /** Text or number that came with it; empty: none */
  readonly detail: string;
}

export interface ApplianceRow {
  readonly name: string;
  /** W */
  readonly power: number;
}

/** A change of the supply, or of the reason why it is as it is. */
export interface SupplyChange {
  /** Unix seconds */
  readonly at: number;
  /** From then on the relay lets power through. */
  readonly closed: boolean;
  /** A SupplyReason, or `unplugged` */
  readonly reason: string;
}

/** A directive that the meter has not taken, as far as is known. */
export interface PendingView {
  /** Unix seconds of when it was given; absent: nobody remembers */
  readonly at?: number;
  /** Why the meter has refused one of this kind since then, a Refusal; absent: it has not */
  readonly refusal?: string;
}

/** What can be done with a meter, and how it stands; what is absent cannot be done here. */
export interface Controls {
  readonly pay?: { readonly unit: string; readonly amounts: readonly number[] };
  /** Of a kWh, at which the next payment buys */
  readonly price?: {
    readonly amount: number;
    readonly currency: string;
    readonly choices: readonly number[];
  };
  /** The button at the meter. */
  readonly ask?: true;
  /** W of the test load */
  readonly load?: number;
  /** Part of the sky, 0 to 1; `null`: as the weather has it */
  readonly clouds?: number | null;
  readonly plugged?: boolean;
  readonly network?: boolean;
  readonly caseOpen?: boolean;
  readonly welded?: boolean;
  /** The name of the one that was ordered, among these; empty: it is not known. */
  readonly tariff?: {
    readonly name: string;
    readonly choices: readonly string[];
    /** What the choices mean. */
    readonly terms: string;
  };
  /** Supply is allowed, as far as the balance does; else it is ordered off */
  readonly supply?: boolean;
  /** W; 0: none */
  readonly limit?: number;
  /** Which of them waits for the meter; supply and limit are one order */
  readonly pending?: {
    readonly supply?: PendingView | undefined;
    readonly tariff?: PendingView | undefined;
  };
}

/** One meter in full. */
export interface MeterView extends MeterRow {
  /** The device's address, 0x and 40 hex digits, or empty. */
  readonly address: string;
  /** Of its MQTT topics, or empty */
  readonly topic: string;
  /** Unix seconds of the last change of the supply */
  readonly since?: number | undefined;
  /** The last changes of it, oldest first: what was before them is not told. */
  readonly supply: readonly SupplyChange[];
  /** Unix seconds of what the balance was stated in, 0: unknown; absent where it is that of now */
  readonly balanceAt?: number | undefined;
  /** Absent while it is not known. */
  readonly line?: LineView | undefined;
  readonly forecast?: ForecastView | undefined;
  readonly registers?: RegistersView | undefined;
  /** Absent where all that was paid for is on the meter, as far as is known. */
  readonly untaken?: UntakenView | undefined;
  /** Of a kWh */
  readonly price?: { readonly amount: number; readonly currency: string } | undefined;
  /** What the household still has: `12.50 xDAI` */
  readonly money?: string | undefined;
  readonly circle: readonly CircleStep[];
  /** Newest first, as are the events. */
  readonly readings: readonly ReadingRow[];
  readonly events: readonly EventRow[];
  /** Those that are on. */
  readonly appliances: readonly ApplianceRow[];
  /** W that the roof delivers; absent where nobody knows */
  readonly solarPower?: number | undefined;
  readonly controls: Controls;
}

/** Two cycles of the line as a converter sees it, from a rising crossing of the voltage on. */
export interface ScopeView {
  /** µs */
  readonly samplePeriod: number;
  /** V */
  readonly volts: readonly number[];
  /** A */
  readonly amps: readonly number[];
  /** V, RMS, and A, RMS */
  readonly voltage: number;
  readonly current: number;
  readonly powerFactor: number;
  /** As ratios; absent where too little flows to tell */
  readonly voltageDistortion?: number | undefined;
  readonly currentDistortion?: number | undefined;
}
