import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { wattHours } from '../../firmware/energy';
import { LINK_FILE } from '../../hosts/link-document';
import { Prng } from '../../hosts/mock/prng';
import { linkDocument, makeLinkOffer } from '../../simulator/link-document';
import { Operator } from '../../simulator/operator';
import { crypto, key, REGISTRY } from '../../test/support/messages';
import { startMosquitto } from '../../test/support/mosquitto';
import { MeterProcess } from './meter-process';
import { type Breach, BrokenPromise, NO_LOSS, worse } from './promises';
import type { StormReport } from './storm';
import { drawFrom } from './victim';

const M3TER = 7n;
const DOMAIN = { chainId: 100, registry: REGISTRY };
/** W */
const LOAD = 20_000;
const SPEED = 20;
/** mWh: the larger of 10 Wh and what the load takes in 10 s */
const BOUND = Math.max(wattHours(10), Math.floor((LOAD * 10 * 1000) / 3600));
const REGISTERS = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;
/** Writes and syncs of a run, about */
const REACH = 80;
/** ms */
const LONGEST_RUN = 2500;

/**
 * Kills `m3ter meter` under load so many times, between its writes and within them, on files that lose what was not
 * synced; in the end all that is owed must be there. Ends at the first promise that is broken, or with the signal.
 */
export async function runKills(
  seed: string,
  kills: number,
  signal: AbortSignal,
  onKill: () => void = () => undefined,
): Promise<StormReport> {
  const bench = await openBench();
  const victim = new ProcessVictim(bench, seed, signal);
  let killed = 0;
  try {
    for (; killed < kills && !signal.aborted; killed++, onKill()) await victim.live();
    if (!signal.aborted) await victim.finish();
    return { cuts: killed, worst: victim.worst };
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    const failure = { breach: error.breach, message: error.message, cut: killed + 1 };
    return { cuts: killed + 1, worst: victim.worst, failure };
  } finally {
    await victim.meter?.kill();
    await bench.close();
  }
}

interface Bench {
  readonly state: string;
  readonly url: string;
  readonly operator: Operator;
  close(): Promise<void>;
}

/** A state directory with a link in it, a broker, and an operator who has sold something. */
async function openBench(): Promise<Bench> {
  const state = mkdtempSync(join(tmpdir(), 'm3ter-torture-'));
  const broker = await startMosquitto();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const client = await connectAsync(url);
  const [owner, seller] = [key(1), key(2)];
  const operator = new Operator(crypto, seller, DOMAIN, client);
  await operator.open(M3TER);
  const offer = makeLinkOffer(crypto, owner, { ...DOMAIN, m3terId: M3TER, operator: seller.address });
  writeFileSync(join(state, LINK_FILE), linkDocument(crypto, offer));
  operator.sell(M3TER, wattHours(5000));
  const close = async () => {
    await client.endAsync(true);
    await broker.stop();
    rmSync(state, { recursive: true });
  };
  return { state, url, operator, close };
}

class ProcessVictim {
  worst = NO_LOSS;
  meter: MeterProcess | undefined;
  readonly #bench: Bench;
  readonly #seed: string;
  readonly #signal: AbortSignal;
  readonly #prng: Prng;
  #runs = 0;
  /** What the last one that said anything said last. */
  #shown: Partial<Record<(typeof REGISTERS)[number], number>> = {};

  constructor(bench: Bench, seed: string, signal: AbortSignal) {
    this.#bench = bench;
    this.#seed = seed;
    this.#signal = signal;
    this.#prng = new Prng(`processes ${seed}`);
  }

  /** One run, up to its end: by its own hand in the midst of a write or a sync, or by that of another at any time. */
  async live(): Promise<void> {
    const below = drawFrom(this.#prng);
    const diesAt = below(3) === 0 ? 0 : 1 + below(REACH);
    const published = this.#bench.operator.account(M3TER).readings.at(-1)?.reading;
    const meter = this.#start(diesAt);
    if (below(2) === 0) this.#bench.operator.sell(M3TER, wattHours(100 + below(500)));
    const until = Date.now() + (diesAt === 0 ? 400 + below(LONGEST_RUN) : LONGEST_RUN);
    await meter.until('its end', () => Date.now() >= until);
    await meter.kill();
    this.#check(meter, published);
  }

  /** Every credit arrives, and every reading is acknowledged. */
  async finish(): Promise<void> {
    const { operator } = this.#bench;
    const meter = this.#start(0);
    await meter.until('all that is owed', () => {
      const { credited, readings } = meter.last ?? {};
      return credited === operator.account(M3TER).credited && readings?.made === readings?.acknowledged;
    });
    await meter.kill();
    this.#check(meter, undefined);
  }

  #start(diesAt: number): MeterProcess {
    const { state, url } = this.#bench;
    const lossy = { directory: state, seed: `${this.#seed} ${this.#runs++}`, diesAt };
    this.meter = new MeterProcess(url, LOAD, SPEED, lossy);
    return this.meter;
  }

  #check(
    { first, last, complaints }: MeterProcess,
    published: Readonly<Record<string, unknown>> | undefined,
  ): void {
    // Ctrl-C reaches the meter too: that it ended says nothing.
    if (this.#signal.aborted) return;
    if (complaints.length > 0) broken('unreadable boots', complaints.join('; '));
    const { readings, credited } = this.#bench.operator.account(M3TER);
    const problems = readings.flatMap(reading => reading.problems);
    if (problems.length > 0) broken('readings forked', JSON.stringify(problems));
    // Killed while it started.
    if (first === undefined) return;
    for (const name of REGISTERS) {
      const floor = Math.max(
        Number(published?.[name] ?? 0),
        name === 'credited' ? (this.#shown.credited ?? 0) : 0,
      );
      const told = `${name}: expected ${floor} mWh at least, got ${first[name]}`;
      if ((first[name] ?? -1) < floor)
        broken(name === 'credited' ? 'credits lost' : 'registers decreased', told);
    }
    if ((last?.credited ?? 0) > credited)
      broken('credits doubled', `expected ${credited} mWh, got ${last?.credited}`);
    this.#judgeLoss((this.#shown.imported ?? 0) - (first.imported ?? 0));
    this.#shown = last ?? {};
  }

  #judgeLoss(lost: number): void {
    this.worst = worse(this.worst, { lost, bound: BOUND });
    if (lost > BOUND) broken('energy lost beyond the bound', `expected ${BOUND} mWh at most, got ${lost}`);
  }
}

function broken(breach: Breach, message: string): never {
  throw new BrokenPromise(breach, message);
}
