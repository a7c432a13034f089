import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const TESTS = new URL('..', import.meta.url).href;

// hooks run in a thread of their own, which loads this very module
if (isMainThread) register(import.meta.url);

/** A test file is what `bundleTests` made of it. */
export function resolve(specifier, context, next) {
  if (!specifier.startsWith(TESTS) || !specifier.endsWith('.test.ts')) return next(specifier, context);
  const path = specifier.slice(TESTS.length).replace(/ts$/, 'js');
  const bundled = pathToFileURL(process.env.BUNDLED_TESTS).href;
  return { url: `${bundled}/${path}`, format: 'module', shortCircuit: true };
}
