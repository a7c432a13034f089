import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMcconfig } from './mcconfig';
import { findIdf, findSdk } from './sdk';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BOARDS = join(ROOT, 'hosts/esp32/boards');
/** mcconfig's name of the platform, by that of the chip. */
const PLATFORMS = { esp32: 'esp32', esp32c3: 'esp32/esp32c3', esp32s3: 'esp32/esp32s3' } as const;

export interface BoardBuildOptions {
  /** One of hosts/esp32/boards, or the path of a manifest like them. */
  readonly board: string;
  /** Install it, too. */
  readonly flash?: boolean;
  /** Secure boot and flash encryption: see docs/esp32.md */
  readonly production?: boolean;
  readonly debug?: boolean;
  /** Another goal of the makefile */
  readonly goal?: string;
  readonly verbose?: boolean;
}

/**
 * Builds the firmware for a board.
 * @returns what was made
 * @throws MissingTool when the Moddable SDK or ESP-IDF is not there
 * @throws Error when there is no such board, or the build fails
 */
export async function buildBoard({
  board,
  flash = false,
  production = false,
  debug = false,
  verbose = true,
  goal,
}: BoardBuildOptions): Promise<string> {
  findSdk();
  findIdf();
  const path = boardPath(board);
  const platform = platformOf(path);
  const name = basename(path, '.json');
  const output = join(ROOT, 'build/esp32', name);
  await runMcconfig({
    ...{ platform, output, debug, verbose },
    manifest: writeManifest(output, platform, path),
    goal: goal ?? (flash ? 'deploy' : 'build'),
    environment: {
      SDKCONFIGPATH: join(ROOT, 'hosts/esp32/sdkconfig', production ? 'production' : 'development'),
    },
  });
  return `${output}: ${flash ? 'installed' : 'made'} for board ${name}`;
}

function boardPath(board: string): string {
  const known = join(BOARDS, `${board}.json`);
  const path = existsSync(known) ? known : resolve(board);
  if (!existsSync(path)) throw new Error(`board: expected one of hosts/esp32/boards or a file, got ${board}`);
  return path;
}

function platformOf(path: string): string {
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const chip = (manifest as { config?: { board?: { chip?: string } } }).config?.board?.chip ?? '';
  const platform = PLATFORMS[chip as keyof typeof PLATFORMS];
  if (platform === undefined)
    throw new Error(
      `${path}: expected config.board.chip of ${Object.keys(PLATFORMS).join(', ')}, got ${chip}`,
    );
  return platform;
}

/** manifest.json at the top, with this board in place of the example for its platform. @returns its path */
function writeManifest(folder: string, platform: string, board: string): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'manifest.json'), 'utf8'));
  manifest.include = manifest.include.map((path: string) => resolve(ROOT, path));
  manifest.platforms = { [platform]: { include: [join(ROOT, 'hosts/esp32/manifest.json'), board] } };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  return path;
}
