/** Rewrites the picture of the terminal view in README.md: the evening of a simulated day, as it comes. */

import { kilowattHours } from '../firmware/energy';
import { LiveSimulation } from '../simulator/live-simulation';
import { Simulation, START_TIME } from '../simulator/simulation';
import { renderFrame } from '../simulator/view/show';
import { replaceSection } from './readme-section';

const MORNING = START_TIME + 6 * 3600;
const EVENING = START_TIME + 19.6 * 3600;

const simulation = await Simulation.open({
  seed: 1,
  meters: 1,
  chain: {},
  fidelity: 'phasor',
  feedsGrid: false,
  topUps: false,
});
const [meter] = simulation.meters;
if (meter === undefined) throw new Error('expected a meter, got none');
await simulation.runUntil(MORNING);
const live = new LiveSimulation(simulation, 60);
simulation.buy(meter, kilowattHours(2));
await live.advance(EVENING);
replaceSection('README.md', 'picture', `\`\`\`text\n${renderFrame(live.getState(), 80, 28)}\n\`\`\``);
await simulation.close();
