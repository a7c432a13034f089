import { type Result, success } from '../result';
import { decodeCounters } from './counters-record';
import type { Snapshots } from './journal-format';
import { type Counters, decodeSettings, type Settings, type StateFault } from './state';
import type { SupplyMemory } from './supply-memory';
import { decodeMemory } from './supply-memory-record';
import { decodeTariffs } from './tariff-record';
import type { TariffSetting } from './tariff-setting';

/** What a ledger takes from the journal other than as it is there. */
export interface LedgerState {
  readonly counters: Counters;
  readonly settings: Settings;
  readonly tariffs: readonly TariffSetting[];
  readonly memory: SupplyMemory;
}

export function decodeState(snapshots: Snapshots): Result<LedgerState, StateFault> {
  const counters = decodeCounters(snapshots.counters);
  if (!counters.ok) return counters;
  const settings = decodeSettings(snapshots.settings);
  if (!settings.ok) return settings;
  const tariffs = decodeTariffs(snapshots.tariffs);
  if (!tariffs.ok) return tariffs;
  const memory = decodeMemory(snapshots.memory);
  if (!memory.ok) return memory;
  return success({
    counters: counters.value,
    settings: settings.value,
    tariffs: tariffs.value,
    memory: memory.value,
  });
}
