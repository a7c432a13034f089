import { type Below, weighted } from '../torture/victim';
import type { GatewayProcess } from './gateway-process';
import type { Moment } from './rpc-tap';
import type { Traffic } from './traffic';
import type { World } from './world';

const KINDS = weighted({ start: 2, clock: 2, call: 4, transaction: 3, payment: 4, answer: 4, saying: 3 });
export type TriggerKind = (typeof KINDS)[number];

/** ms: while it starts, and when it is at work */
const LONGEST_START = 450;
const LONGEST_LIFE = 1200;
/** Until the end */
const MOST_CALLS = 40;
const MOST_PAYMENTS = 6;
const MOST_ANSWERS = 30;
const MOST_SAYINGS = 20;
/** ms after what was waited for, at most */
const LONGEST_DELAY = 8;

/** When a life is to end, drawn beforehand. It ends then, or after `LONGEST_LIFE` where what it waits for does not come. */
export interface Trigger {
  readonly kind: TriggerKind;
  /** The how manieth of its kind, from 1. */
  readonly count: number;
  /** ms from there */
  readonly delay: number;
  /** Of a call: before the node has it, or before the gateway has the answer. */
  readonly moment: Moment;
}

export function drawTrigger(below: Below): Trigger {
  const kind = KINDS[below(KINDS.length)] as TriggerKind;
  const most = {
    start: 1,
    clock: 1,
    call: MOST_CALLS,
    transaction: 2,
    payment: MOST_PAYMENTS,
    answer: MOST_ANSWERS,
    saying: MOST_SAYINGS,
  };
  const delay = {
    start: LONGEST_START,
    clock: LONGEST_LIFE,
    call: 0,
    transaction: 0,
    payment: LONGEST_DELAY / 2,
    answer: 2,
    saying: LONGEST_DELAY,
  };
  return {
    kind,
    count: 1 + below(most[kind]),
    delay: below(delay[kind] + 1),
    moment: below(2) === 0 ? 'asked' : 'answered',
  };
}

/** Kills the process when the trigger says. @returns an end to it: nobody is waited for any more */
export function arm(trigger: Trigger, victim: GatewayProcess, world: World, traffic: Traffic): () => void {
  const { kind, delay, moment } = trigger;
  const timers = new Set<NodeJS.Timeout>();
  const killIn = (ms: number) => timers.add(setTimeout(() => victim.kill(), ms));
  let left = trigger.count;
  const strike = () => {
    if (--left === 0) delay === 0 ? victim.kill() : killIn(delay);
  };
  if (kind === 'start' || kind === 'clock') strike();
  else killIn(LONGEST_LIFE);
  world.tap.onCall = (method, at) => {
    // what was bought is asked for last, and then stored and told
    if (kind === 'payment' && at === 'answered' && method === 'eth_call') strike();
    if (at !== moment) return;
    if (kind === 'call' || (kind === 'transaction' && method === 'eth_sendRawTransaction')) strike();
  };
  world.onHeard = () => kind === 'answer' && strike();
  traffic.onSaid = () => kind === 'saying' && strike();
  return () => {
    for (const timer of timers) clearTimeout(timer);
    world.tap.onCall = undefined;
    world.onHeard = undefined;
    traffic.onSaid = undefined;
  };
}
