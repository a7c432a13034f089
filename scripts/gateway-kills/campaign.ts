import { setTimeout as sleep } from 'node:timers/promises';
import { Prng } from '../../hosts/mock/prng';
import { type Below, drawFrom } from '../torture/victim';
import { bundleGateway } from './gateway-bundle';
import { GatewayProcess } from './gateway-process';
import { isQuiet, judgeEnd, judgeRemains } from './judgement';
import type { Breach } from './promises';
import { Traffic } from './traffic';
import { arm, drawTrigger } from './trigger';
import { CONFIRMATIONS, World } from './world';

export interface KillPlan {
  readonly seed: string;
  readonly kills: number;
  readonly signal: AbortSignal;
  readonly onBreach?: (breach: Breach) => void;
  readonly onKill?: (done: number) => void;
}

export interface KillReport {
  /** What happened, by name. */
  readonly counts: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
}

const METERS = 6;
/** ms between two lives, at most */
const LONGEST_ABSENCE = 150;
/** ms in the last life after which meters say again what is not acknowledged */
const SAYING_AGAIN = 500;
/** ms between two looks */
const LOOK = 20;
/** ms that the last life may take until it owes nothing */
const PATIENCE = 60_000;

/**
 * Kills `m3ter gateway` so many times, or until the signal comes, while meters talk and people pay; then lets it live until
 * it owes nobody anything, and adds up. The seed draws what happens and when it is killed; how far it has got by then is
 * the computer's to say.
 */
export async function runGatewayKills(plan: KillPlan): Promise<KillReport> {
  const [bundle, world] = await Promise.all([bundleGateway(), World.open()]);
  try {
    return await new Campaign(plan, world, bundle.path).run();
  } finally {
    await world.close();
    bundle.remove();
  }
}

class Campaign {
  readonly #plan: KillPlan;
  readonly #world: World;
  readonly #program: string;
  readonly #traffic: Traffic;
  readonly #below: Below;
  readonly #breaches: Breach[] = [];
  readonly #triggers: Record<string, number> = {};
  #kills = 0;

  constructor(plan: KillPlan, world: World, program: string) {
    this.#plan = plan;
    this.#world = world;
    this.#program = program;
    this.#traffic = new Traffic(world, plan.seed);
    this.#below = drawFrom(new Prng(`kills ${plan.seed}`));
  }

  async run(): Promise<KillReport> {
    for (let k = 0; k < METERS; k++) await this.#world.addMeter(k % 2 === 0);
    await this.#begin();
    const end = new AbortController();
    await Promise.all([this.#traffic.run(end.signal), this.#kill().finally(() => end.abort())]);
    await this.#finish();
    return { counts: this.#counts(), breaches: this.#breaches };
  }

  /** A first life, in which the gateway subscribes and gets to know every meter: until then only saying it again helps. */
  async #begin(): Promise<void> {
    const { meters } = this.#world;
    const gateway = this.#start();
    await this.#until(gateway, 'it sees the chain', () => gateway.hasSaid('chain-reached'));
    for (const meter of meters) await this.#world.say(meter, meter.make(1));
    await this.#until(gateway, 'it knows all meters', () =>
      meters.every(({ acknowledged }) => acknowledged === 1),
    );
    gateway.kill();
    await this.#bury(gateway);
  }

  async #kill(): Promise<void> {
    while (this.#kills < this.#plan.kills && !this.#plan.signal.aborted) await this.#live();
  }

  async #live(): Promise<void> {
    const trigger = drawTrigger(this.#below);
    // one more meter, of which no store knows yet
    if (this.#kills === Math.floor(this.#plan.kills / 2)) await this.#world.addMeter(false);
    const gateway = this.#start();
    const disarm = arm(trigger, gateway, this.#world, this.#traffic);
    await gateway.end;
    disarm();
    await this.#bury(gateway);
    this.#triggers[trigger.kind] = (this.#triggers[trigger.kind] ?? 0) + 1;
    this.#kills++;
    this.#plan.onKill?.(this.#kills);
    await sleep(this.#below(LONGEST_ABSENCE));
  }

  /** Left alone, it makes good for everything. */
  async #finish(): Promise<void> {
    const gateway = this.#start();
    await this.#world.mine(CONFIRMATIONS);
    const deadline = performance.now() + PATIENCE;
    while (!gateway.isOver && performance.now() < deadline && !(await isQuiet(this.#world))) {
      // as a meter does after an hour: of a meter that it does not know yet the gateway holds so many messages and no more
      for (const meter of this.#world.meters) await this.#traffic.reconnect(meter);
      await sleep(SAYING_AGAIN);
    }
    gateway.kill('SIGTERM');
    await this.#bury(gateway);
    this.#note(await judgeEnd(this.#world));
  }

  #start(): GatewayProcess {
    return new GatewayProcess(this.#program, this.#world.words);
  }

  async #bury(gateway: GatewayProcess): Promise<void> {
    await gateway.end;
    this.#note(gateway.complaints.map(message => ({ promise: 'gateways ended by themselves', message })));
    await this.#world.settled();
    this.#note(await judgeRemains(this.#world));
  }

  /** @throws Error that says what was awaited, when the gateway ends or takes too long */
  async #until(gateway: GatewayProcess, what: string, condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition(); waited += LOOK) {
      if (gateway.isOver || waited > PATIENCE) {
        gateway.kill();
        throw new Error(`gateway: waited in vain until ${what}: ${gateway.complaints.join('; ')}`);
      }
      await sleep(LOOK);
    }
  }

  #note(breaches: readonly Breach[]): void {
    for (const breach of breaches) {
      this.#breaches.push(breach);
      this.#plan.onBreach?.(breach);
    }
  }

  #counts(): Record<string, number> {
    const readings = this.#world.meters.reduce((sum, { made }) => sum + made.length, 0);
    const killed = Object.entries(this.#triggers).map(
      ([kind, count]) => [`killed at ${kind}`, count] as const,
    );
    const { payment, forgery, reconnection } = this.#traffic.counts;
    return {
      kills: this.#kills,
      ...Object.fromEntries(killed),
      meters: this.#world.meters.length,
      payments: payment,
      readings,
      forgeries: forgery,
      reconnections: reconnection,
    };
  }
}
