import type { Registers } from '../../firmware/ledger/state';
import type { Forecast } from '../../firmware/supply/forecast';
import type { MeterSurface } from '../../hosts/xs/xs-meter';
import { formatForecast } from '../view/format';

type Counts = Readonly<Partial<Record<string, number>>>;

/** What `m3ter meter --json` prints each second. Energies in mWh; those and the balance only once restored. */
export interface MeterStatus extends Partial<Registers> {
  /** Unix seconds */
  readonly time: number;
  readonly balance?: number;
  /** Once the meter has learned a day; h, and mWh in the next 24 h */
  readonly forecast?: Forecast;
  readonly closed: boolean;
  /** A SupplyReason; `starting` until the first window */
  readonly reason: string;
  /** How often the relay was switched, ever */
  readonly switchings: number;
  /** V and A, RMS, of the first phase; W of all */
  readonly voltage: number;
  readonly current: number;
  readonly activePower: number;
  readonly online: boolean;
  /** How often each fault of the connection to the broker has occurred since the start */
  readonly connectionFaults: Counts;
  readonly readings: { readonly made: number; readonly acknowledged: number };
  /** How many directives were refused since the start, by cause */
  readonly refused: Counts;
}

export function statusOf(meter: MeterSurface, time: number): MeterStatus {
  const { registers, balance, forecast, supply, measurement } = meter;
  const { voltage = 0, current = 0 } = measurement.phases[0] ?? {};
  return {
    time,
    ...registersOf(registers),
    ...(balance !== undefined && { balance }),
    ...(forecast && { forecast }),
    closed: supply.closed,
    reason: supply.reason ?? 'starting',
    switchings: meter.switchings,
    voltage,
    current,
    activePower: measurement.phases.reduce((sum, phase) => sum + phase.activePower, 0),
    online: meter.isOnline,
    connectionFaults: meter.connectionFaults,
    readings: { made: meter.lastReading, acknowledged: meter.acknowledged },
    refused: meter.refused,
  };
}

/** The same for people. */
export function statusLine(status: MeterStatus): string {
  const energy = (register: number | undefined) =>
    // Adding 0 makes 0 of a −0.
    register === undefined ? '–' : `${(Math.round(register / 1000) / 1000 + 0).toFixed(3)} kWh`;
  return [
    `${status.voltage.toFixed(1)} V`,
    `${status.current.toFixed(2)} A`,
    `${status.activePower.toFixed(0)} W`,
    `imported ${energy(status.imported)}`,
    `balance ${energy(status.balance)}`,
    ...(status.forecast === undefined ? [] : [`lasts ${formatForecast(status.forecast)}`]),
    `supply ${status.closed ? 'on' : 'off'} (${status.reason})`,
    status.online ? 'online' : offline(status.connectionFaults),
    `readings ${status.readings.acknowledged}/${status.readings.made} acknowledged`,
  ].join('  ');
}

/** With what has kept it from its broker so far. */
function offline(faults: Counts): string {
  const causes = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  return causes.length === 0 ? 'offline' : `offline (${causes.join(', ')})`;
}

/** Without what else the ledger counts. */
function registersOf(registers: Registers | undefined): Partial<Registers> {
  if (registers === undefined) return {};
  const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
  return { imported, exported, debited, credited, withdrawn, feedIn };
}
