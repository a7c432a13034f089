import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCryptoSource } from '../native/toolchain/crypto-source';
import { prebundle } from './prebundle';
import { findSdk, MissingTool, sdkEnvironment } from './sdk';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface McconfigOptions {
  /** As mcconfig names them: `lin`, `x-cli-lin`, `esp32/esp32c3`, ... */
  readonly platform: string;
  /** A goal of the makefile, such as `build` or `deploy`; absent: all */
  readonly goal?: string;
  /** Folder for all that is made */
  readonly output: string;
  /** With the debugger of the SDK, xsbug */
  readonly debug?: boolean;
  /** Of the manifest's `config`, by name */
  readonly config?: Readonly<Record<string, string>>;
  /** Show what the tools say, instead of keeping it for an error */
  readonly verbose?: boolean;
  /** Absent: that at the top of the project */
  readonly manifest?: string;
  /** Beside that of this process */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Prebundles, and has mcconfig make an app of it.
 * @throws MissingTool when the SDK is not there
 * @throws Error with what mcconfig said, when it fails
 */
export async function runMcconfig(options: McconfigOptions): Promise<void> {
  const sdk = findSdk();
  await prebundle(options.debug);
  writeCryptoSource();
  mkdirSync(options.output, { recursive: true });
  const { status, stdout, stderr, error } = spawnSync(join(sdk.tools, 'mcconfig'), wordsOf(options), {
    cwd: ROOT,
    env: sdkEnvironment(sdk, { ...process.env, ...options.environment }),
    encoding: 'utf8',
    stdio: options.verbose ? 'inherit' : 'pipe',
    maxBuffer: 2 ** 28,
  });
  if (error) throw new MissingTool(`mcconfig: expected to run it, got ${error.message}`);
  if (status !== 0)
    throw new Error(`mcconfig: expected success, got ${status}\n${stdout ?? ''}${stderr ?? ''}`);
}

function wordsOf({
  platform,
  goal,
  output,
  debug,
  config = {},
  manifest = 'manifest.json',
}: McconfigOptions) {
  return [
    ...(debug ? ['-d'] : []),
    ...['-m', '-p', platform],
    ...(goal === undefined ? [] : ['-t', goal]),
    ...['-o', output, manifest],
    ...Object.entries(config).map(([name, value]) => `${name}=${value}`),
  ];
}
