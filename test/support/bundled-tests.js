import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const ROOT = new URL('../..', import.meta.url).href;
const COMMAND_LINE = 'simulator/cli/main.ts';
/** By what else is asked for. */
const ALIASES = { 'simulator/m3ter.js': COMMAND_LINE };

// hooks run in a thread of their own, which loads this very module
if (isMainThread) register(import.meta.url);

/** A test file, or the command line, is what `bundleTests` made of it. */
export function resolve(specifier, context, next) {
  const path = specifier.startsWith(ROOT) ? bundledPath(specifier.slice(ROOT.length)) : undefined;
  if (path === undefined) return next(specifier, context);
  const bundled = pathToFileURL(process.env.BUNDLED_TESTS).href;
  return { url: `${bundled}/${path}`, format: 'module', shortCircuit: true };
}

/** Of a source in the repository, its query behind it; undefined when it is not bundled. */
function bundledPath(specifier) {
  const [source = '', query] = specifier.split('?');
  const path = ALIASES[source] ?? source;
  if (path !== COMMAND_LINE && !path.endsWith('.test.ts')) return undefined;
  const bundled = path.replace(/ts$/, 'js');
  return query === undefined ? bundled : `${bundled}?${query}`;
}
