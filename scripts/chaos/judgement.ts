import type { Account } from '../../simulator/operator';
import { PRESUMED } from './instructions';
import type { Promised } from './promises';
import type { Customer } from './world';

/** Holds what a meter is, and what the operator has of it, against what it was told. It has no power any more then. */
export function judge(
  { meter, instructions, events }: Customer,
  account: Account,
  onBreach: (promise: Promised, m3terId: bigint, message: string) => void,
): void {
  const broken = (promise: Promised, message: string) => onBreach(promise, meter.m3terId, message);
  judgeReadings(account, meter.meter.lastReading, broken);
  if (meter.meter.acknowledged !== account.acknowledged)
    broken(
      'directives lost',
      `acknowledged: expected ${account.acknowledged}, got ${meter.meter.acknowledged}`,
    );
  events.judge(meter.m3terId, instructions.withdrawals, onBreach);
  const ledger = meter.readLedger();
  if (ledger === undefined) {
    broken('unreadable boots', 'expected a ledger');
    return;
  }
  const { settings, tariffs, registers } = ledger;
  const { credited, withdrawn } = instructions.told;
  if (registers.credited !== credited)
    broken('credits lost', `expected ${credited} mWh, got ${registers.credited}`);
  if (registers.withdrawn !== withdrawn)
    broken('withdrawals wrong', `expected ${withdrawn} mWh, got ${registers.withdrawn}`);
  if (registers.credited >= PRESUMED) broken('former parties obeyed', `credit: got ${registers.credited}`);
  const held = {
    tariff: tariffs.at(-1)?.version,
    policy: settings.policy.version,
    supply: settings.order.version,
    roles: settings.roles?.version,
  };
  for (const kind of ['tariff', 'policy', 'supply', 'roles'] as const) {
    if ((held[kind] ?? 0) >= PRESUMED) broken('former parties obeyed', `${kind}: got version ${held[kind]}`);
    if (held[kind] !== instructions.versions[kind])
      broken(
        'directives lost',
        `${kind}: expected version ${instructions.versions[kind]}, got ${held[kind]}`,
      );
  }
}

/** All of them, each once, one following from the other, and none of an earlier time than the one before. */
function judgeReadings(
  { readings }: Account,
  made: number,
  broken: (promise: Promised, message: string) => void,
): void {
  if (readings.length !== made) broken('readings lost', `expected ${made}, got ${readings.length}`);
  let time = 0;
  for (const { reading, problems } of readings) {
    const [problem] = problems;
    if (problem !== undefined)
      broken('chain breaks', `reading ${reading.sequence}: expected ${problem.expected}, got ${problem.got}`);
    if (reading.timestamp > 0 && reading.timestamp < time)
      broken('times going back', `reading ${reading.sequence}: expected ${time}, got ${reading.timestamp}`);
    time = Math.max(time, reading.timestamp);
  }
}
