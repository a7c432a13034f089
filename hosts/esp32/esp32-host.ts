import type { Host, Indicator, Network, RelayDriver, RestartCause } from '../../firmware/host';
import type { Board } from './board';
import type { ButtonPinClass } from './button';
import type { BoardClock } from './clock';
import { type FlashStorage, PartitionRegion } from './flash-region';
import { type EdgePinClass, PowerFailPin } from './power-fail';
import { type CoilClass, LatchingRelay, MonostableRelay, type RelayPinClass } from './relay';
import { tellingRelay } from './relay-guard';
import { type KeyValueStorage, NvsSecretStore } from './secret-store';
import { makeSensor, type SensorDevices } from './sensor';
import { TamperPin } from './tamper';
import { type HardwareWatchdog, TaskWatchdog } from './watchdog';

/** Bytes of the partitions, as in partitions.csv. */
const LEDGER_SIZE = 0x10000;
const LOG_SIZE = 0x80000;

/** What of the chip and the SDK the meter's host needs. */
export interface Esp32Devices extends SensorDevices {
  readonly clock: BoardClock;
  readonly network: Network;
  readonly flash: FlashStorage;
  readonly secrets: KeyValueStorage;
  /** Randomness fit for a key, before radio and sampler are started. */
  readonly seedRandom: (length: number) => Uint8Array;
  readonly Digital: RelayPinClass & ButtonPinClass & EdgePinClass;
  readonly Coil: CoilClass;
  readonly watchdog: HardwareWatchdog;
  /** The meter has decided about the relay. */
  readonly tellGuard: () => void;
}

export interface Esp32Host extends Host {
  readonly watchdog: TaskWatchdog;
}

/**
 * The ports of the meter on this board. Nothing is touched that a household could notice.
 * @throws Error when the flash is not divided as in partitions.csv, or cannot be opened, or a new secret not be kept
 */
export function esp32Host(
  board: Board,
  devices: Esp32Devices,
  restart: RestartCause,
  indicator: Indicator,
): Esp32Host {
  const { clock, crypto, network, flash, secrets, seedRandom, Digital } = devices;
  const { tamper, powerFail } = board;
  const region = (path: string, size: number) => new PartitionRegion({ io: flash, path, size });
  const nvs = new NvsSecretStore({ io: secrets, random: seedRandom });
  // A new board makes it here and now: its randomness needs the converter, and the radio at rest.
  nvs.seed();
  return {
    ...{ clock, crypto, network, restart, indicator },
    sensor: makeSensor(board.sensor, devices),
    relay: tellingRelay(makeRelay(board, devices), devices.tellGuard),
    flash: { ledger: region('ledger', LEDGER_SIZE), log: region('log', LOG_SIZE) },
    secrets: nvs,
    watchdog: new TaskWatchdog(devices.watchdog),
    ...(tamper && { tamper: new TamperPin({ io: Digital, wiring: tamper }) }),
    ...(powerFail && { powerWatch: new PowerFailPin({ io: Digital, wiring: powerFail }) }),
  };
}

function makeRelay({ relay }: Board, { Digital, Coil, clock }: Esp32Devices): RelayDriver {
  if (relay.type === 'monostable') return new MonostableRelay({ io: Digital, wiring: relay });
  return new LatchingRelay({ io: Coil, readBackIo: Digital, clock, wiring: relay });
}
