import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Network } from '../../firmware/host';
import { MqttSession, type SessionFault, type SessionOptions } from '../../firmware/link/session';
import type { VirtualClock } from '../../hosts/mock/clock';
import type { MemoryNetwork } from '../../hosts/mock/network';

/** What a session told its owner. */
export interface Diary {
  online: number;
  readonly offline: SessionFault[];
  readonly faults: SessionFault[];
  readonly messages: { readonly topic: string; readonly text: string }[];
  drains: number;
}

/** A session to 127.0.0.1:1883 as `m1` that writes down what happens. */
export function makeSession(
  ports: { readonly network: Network; readonly clock: Clock },
  options: Partial<SessionOptions> = {},
): { readonly session: MqttSession; readonly diary: Diary } {
  const diary: Diary = { online: 0, offline: [], faults: [], messages: [], drains: 0 };
  const crypto = { random: (length: number) => new Uint8Array(randomBytes(length)) };
  const session = new MqttSession(
    { ...ports, crypto },
    {
      host: '127.0.0.1',
      port: 1883,
      clientId: 'm1',
      keepAlive: 60,
      subscriptions: [],
      onOnline: () => {
        diary.online++;
      },
      onOffline: fault => diary.offline.push(fault),
      onMessage: (topic, payload) => diary.messages.push({ topic, text: text(payload) }),
      onDrain: () => {
        diary.drains++;
      },
      onFault: fault => diary.faults.push(fault),
      ...options,
    },
  );
  return { session, diary };
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** Waits in real time. @throws Error that says what was awaited, when it does not come about */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt++) {
    if (condition()) return;
    await sleep(5);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Lets virtual time pass, timer by timer, with all that the network does in between. */
export async function pass(milliseconds: number, clock: VirtualClock, network: MemoryNetwork): Promise<void> {
  const end = clock.monotonic() + milliseconds;
  await network.settled();
  for (let next = clock.next; next !== undefined && next <= end; next = clock.next) {
    const { traffic } = network;
    clock.runUntil(next);
    if (network.traffic !== traffic) await network.settled();
  }
  clock.runUntil(end);
}
