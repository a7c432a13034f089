import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { HOUR, MINUTE } from '../house/time';
import { LiveSimulation } from '../live-simulation';
import { type PageServer, servePage } from '../page/serve-page';
import { SimulationSource } from '../page/simulation-source';
import { Simulation } from '../simulation';
import { framesOf, type PageFrames, TRACED } from './page-trace';

const CHROMIUM = '/usr/bin/chromium';
const SEED = 1;
const MORNING = 6 * HOUR;
/** s, simulated, after which all meters have met their broker */
const SETTLING = MINUTE;

/** What the page took while something was done there. */
export interface PageCost extends PageFrames {
  /** KB a second that came to the browser */
  readonly traffic: number;
  /** % of a core that this process took: the server, and the simulation */
  readonly server: number;
}

/** Undefined where Chromium is missing, or what drives it. */
export async function startChromium(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  const driver = await import('playwright-core').catch(() => undefined);
  // as root, as in a container, Chromium has no sandbox; the page is our own
  return driver?.chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** Simulated meters that live in this process, and their page in a browser. */
export class PageRig {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #simulation: Simulation;
  readonly #live: LiveSimulation;
  readonly #source: SimulationSource;
  readonly #server: PageServer;
  readonly #running: Promise<void>;
  #received = 0;

  /** @param speed simulated seconds per second */
  static async open(browser: Browser, meters: number, speed: number): Promise<PageRig> {
    const house = { fidelity: 'phasor', feedsGrid: true, topUps: false, start: MORNING } as const;
    const simulation = await Simulation.open({ seed: SEED, meters, chain: 'none', ...house });
    const live = new LiveSimulation(simulation, speed);
    const source = new SimulationSource(simulation, live);
    await simulation.runUntil(simulation.time + SETTLING);
    const server = await servePage(source);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const rig = new PageRig(browser, page, simulation, live, source, server);
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'Supply' }).waitFor();
    return rig;
  }

  private constructor(
    browser: Browser,
    page: Page,
    simulation: Simulation,
    live: LiveSimulation,
    source: SimulationSource,
    server: PageServer,
  ) {
    this.#browser = browser;
    this.page = page;
    this.#simulation = simulation;
    this.#live = live;
    this.#source = source;
    this.#server = server;
    this.#running = live.run(Number.POSITIVE_INFINITY);
    page.on('websocket', socket => {
      socket.on('framereceived', ({ payload }) => {
        this.#received += payload.length;
      });
    });
  }

  /** What the page takes while `use` does something there. */
  async measure(use: (page: Page) => Promise<void>): Promise<PageCost> {
    const { page } = this;
    await this.#browser.startTracing(page, { categories: [...TRACED] });
    const [start, received, usage] = [performance.now(), this.#received, process.cpuUsage()];
    await use(page);
    const seconds = (performance.now() - start) / 1000;
    const traffic = (this.#received - received) / 1000 / seconds;
    const { user, system } = process.cpuUsage(usage);
    const trace = await this.#browser.stopTracing();
    return { ...framesOf(trace.toString()), traffic, server: (user + system) / 1e4 / seconds };
  }

  async close(): Promise<void> {
    this.#live.actions.quit();
    await this.#running;
    await this.page.close();
    this.#source.close();
    await this.#server.close();
    await this.#simulation.close();
  }
}
