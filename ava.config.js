import { availableParallelism } from 'node:os';
import { bundleTests } from './test/support/bundle-tests.js';

/** They compile what many others need, and would each compile at the same time: contracts and the XS engine. */
const FIRST = ['simulator/chain/compile', 'hosts/xs/scenarios'];

/** Those that take long, the longest first: begun last, they would leave the other cores idle. */
const LONG = [
  'simulator/kill',
  'simulator/cli/bench',
  'simulator/simulation',
  'simulator/cli/processes',
  'simulator/cli/meter',
  'scripts/fuzz',
  'hosts/native/crypto',
  'simulator/bench/instructions',
  'scripts/torture-processes',
  'scripts/torture',
  'hosts/native/sampler',
  'complaints/watch',
  'complaints/restart',
  'firmware/meter-power-cuts',
  'firmware/ledger/ledger-power-cuts',
  'firmware/link/log-power-cuts',
  'firmware/ledger/bad-sectors',
  'interop/mosquitto',
  'interop/rabbitmq',
];
const ORDER = [...FIRST, ...LONG];

/** Those that are not listed come last. */
function rank(path) {
  const place = ORDER.findIndex(name => path.endsWith(`test/${name}.test.ts`));
  return place < 0 ? ORDER.length : place;
}

export default {
  files: ['test/**/*.test.ts'],
  sortTestFiles: (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  extensions: { ts: 'module' },
  environmentVariables: {
    BUNDLED_TESTS: await bundleTests(),
    // also in the commands that tests run
    NODE_OPTIONS: `--import=${new URL('test/support/bundled-tests.js', import.meta.url)}`,
    // Ink would draw nothing but its last frame; in a bundle it is loaded before what tells it otherwise.
    CI: 'false',
  },
  workerThreads: false,
  // some files wait more than they compute
  concurrency: availableParallelism() + 1,
  timeout: '2m',
};
