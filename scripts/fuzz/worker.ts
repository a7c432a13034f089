/**
 * A process that tries the inputs of the jobs it is sent, one after the other, and sends back what came of each; asked
 * for its heap, by how many bytes that has grown since the first inputs.
 */
import { bytesInUse } from './heap';
import type { Job } from './jobs';
import { runJob } from './run-job';
import { TARGET_NAMES } from './targets';

/** Of each target: until then the engine is still busy with the code. */
const WARM_UP = 100;

for (const target of TARGET_NAMES) runJob({ target, seed: 'warm', first: 1, inputs: WARM_UP });
const atFirst = bytesInUse();

process.on('disconnect', () => process.exit());
process.on('message', (request: Job | 'heap') => {
  process.send?.(request === 'heap' ? bytesInUse() - atFirst : runJob(request));
});
