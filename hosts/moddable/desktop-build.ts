import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMcconfig } from './mcconfig';
import { DESKTOP_PLATFORM, findSdk } from './sdk';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));

/** @returns how to run it. @throws Error, MissingTool as `runMcconfig` does */
export async function buildDesktop({ debug = false }: { readonly debug?: boolean } = {}): Promise<string> {
  const output = join(BUILD, 'desktop');
  await runMcconfig({ platform: DESKTOP_PLATFORM, goal: 'build', output, debug, verbose: true });
  return `${output}: made; run it with ${join(findSdk().tools, 'mcsim')}`;
}

/**
 * The firmware as a command-line program, on the XS of the SDK, for `XsMeter`.
 * @returns its path
 * @throws Error, MissingTool as `runMcconfig` does
 */
export async function buildXs(): Promise<string> {
  const output = join(BUILD, 'xs-sdk');
  await runMcconfig({ platform: 'x-cli-lin', output });
  return join(output, 'bin/lin/release/m3ter-xs');
}
