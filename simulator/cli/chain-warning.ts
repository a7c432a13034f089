import type { Hex } from 'viem';
import { keyText } from './chain-key-slot';
import type { ChainSender } from './chain-sender';

/** Says on stderr, before anything is sent, that nobody would take what is paid for. */
export async function warnOfNoMeter({ contracts }: ChainSender, m3terId: bigint): Promise<void> {
  if (BigInt(await contracts.registry.read.keyByToken([m3terId])) !== 0n) return;
  warn(`M3ter ${m3terId} has no meter in the registry: nobody gets what is paid for until one is registered`);
}

/** Likewise which key of a M3ter another one takes the place of. */
export function warnOfReplacement(m3terId: bigint, before: Hex, key: Hex): void {
  if (BigInt(before) === 0n || BigInt(before) === BigInt(key)) return;
  warn(`M3ter ${m3terId} is ${keyText(before)} in the registry: ${keyText(key)} takes its place`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
