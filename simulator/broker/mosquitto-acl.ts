import { equal, toHex } from '../../firmware/bytes';
import type { ClaimedMeter } from './broker-login';
import { meterTopics } from './meter-topics';

/**
 * An `acl_file` of mosquitto that lets each meter at its own topics: a block for each, by the address that it logs in with,
 * in the order of their M3ters, each once.
 */
export function mosquittoAcl(chainId: number, meters: readonly ClaimedMeter[]): string {
  return meters
    .filter((meter, k) => k === meters.findIndex(other => isSame(meter, other)))
    .toSorted((a, b) => (a.m3terId < b.m3terId ? -1 : Number(a.m3terId > b.m3terId)))
    .map(meter => block(chainId, meter))
    .join('\n\n');
}

function isSame(a: ClaimedMeter, b: ClaimedMeter): boolean {
  return a.m3terId === b.m3terId && equal(a.device, b.device);
}

function block(chainId: number, { m3terId, device }: ClaimedMeter): string {
  const { writes, reads } = meterTopics(chainId, m3terId);
  return [
    `user 0x${toHex(device)}`,
    ...writes.map(topic => `topic write ${topic}`),
    ...reads.map(topic => `topic read ${topic}`),
  ].join('\n');
}
