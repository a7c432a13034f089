import { Failure } from '../errors';
import type { LiveSimulation } from '../live-simulation';
import { type PageServer, servePage } from '../page/serve-page';
import { SimulationSource } from '../page/simulation-source';
import type { Simulation } from '../simulation';

/** Where one finds the page again. */
const USUAL_PORT = 8421;

/**
 * Serves the live page of a simulation, on this computer only.
 * @param port undefined: the usual one, or any where somebody has that already
 * @throws Failure when a port that was asked for is taken
 */
export async function openLivePage(
  simulation: Simulation,
  live: LiveSimulation,
  port: number | undefined,
): Promise<PageServer> {
  const source = new SimulationSource(simulation, live);
  const page = await serve(source, port);
  const close = () => {
    source.close();
    return page.close();
  };
  return { url: page.url, close };
}

async function serve(source: SimulationSource, port: number | undefined): Promise<PageServer> {
  try {
    return await servePage(source, { port: port ?? USUAL_PORT });
  } catch (error) {
    if (port !== undefined || !(error instanceof Failure)) throw error;
    return servePage(source, { port: 0 });
  }
}
