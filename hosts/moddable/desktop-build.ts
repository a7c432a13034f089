import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMcconfig } from './mcconfig';
import { DESKTOP_PLATFORM, findSdk } from './sdk';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));

export interface DesktopBuildOptions {
  readonly debug?: boolean;
  /** Settings of the manifest's `config`: broker, state */
  readonly config?: Readonly<Record<string, string>>;
}

/** @returns the command that runs it. @throws Error, MissingTool as `runMcconfig` does */
export async function buildDesktop({
  debug = false,
  config = {},
}: DesktopBuildOptions = {}): Promise<string> {
  const output = join(BUILD, 'desktop');
  const sdk = findSdk();
  await runMcconfig({ platform: DESKTOP_PLATFORM, goal: 'build', output, debug, config, verbose: true });
  const library = readdirSync(output, { recursive: true, encoding: 'utf8' }).find(path =>
    /\bm3ter[/\\]mc\.(so|dll|dylib)$/.test(path),
  );
  const words = [join(sdk.tools, 'mcsim'), join(sdk.path, 'build/simulators'), join(output, library ?? '')];
  return `made; run it with ${words.join(' ')}`;
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
