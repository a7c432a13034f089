import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Chip } from '../esp32/board';
import { productionConfig } from '../esp32/sdkconfig/production';
import { writeChanged } from '../native/toolchain/write-changed';
import { withIdfStandIn } from './idf-stand-in';
import { runMcconfig } from './mcconfig';
import { findIdf, findSdk } from './sdk';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BOARDS = join(ROOT, 'hosts/esp32/boards');
/** Every app begins with these; the third manifest is that of the board. */
const APP = [join(ROOT, 'build/prebundle/esp32.json'), join(ROOT, 'hosts/esp32/manifest.json')];
/** mcconfig's name of the platform, by that of the chip. */
const PLATFORMS: Readonly<Record<Chip, string>> = {
  esp32: 'esp32',
  esp32c3: 'esp32/esp32c3',
  esp32s3: 'esp32/esp32s3',
};

/** In the folder that a build makes: byte code and preloaded heap, as C. */
export const LINKED = 'mc.xs.c';

export interface BoardBuildOptions {
  /** One of hosts/esp32/boards, or the path of a manifest like them. */
  readonly board: string;
  /** Install it, too. */
  readonly flash?: boolean;
  /** Secure boot and flash encryption: see docs/esp32.md */
  readonly production?: boolean;
  readonly debug?: boolean;
}

/**
 * Builds the firmware for a board.
 * @returns the folder of what was made
 * @throws MissingTool when the Moddable SDK or ESP-IDF is not there
 * @throws Error when there is no such board, or the build fails
 */
export async function buildBoard(options: BoardBuildOptions): Promise<string> {
  findSdk();
  findIdf();
  const { mcconfig, made } = planOf(options);
  await runMcconfig({ ...mcconfig, goal: options.flash ? 'deploy' : 'build', verbose: true });
  return made;
}

/**
 * Makes what needs the Moddable SDK alone: all of the JavaScript, linked into `LINKED`.
 * @returns the folder of what was made
 * @throws as `buildBoard` does
 */
export function linkBoard(board: string): Promise<string> {
  const { mcconfig, made } = planOf({ board });
  return withIdfStandIn(async folder => {
    const environment = { IDF_PATH: folder, PATH: `${folder}${delimiter}${process.env.PATH}` };
    // The linker's names of properties, to which it adds and from which it takes none.
    rmSync(join(made, 'modules/mc.xsi'), { force: true });
    await runMcconfig({ ...mcconfig, environment, goal: join(made, LINKED) });
    return made;
  });
}

/** What mcconfig is to be told, and the folder that it makes the app in. */
function planOf({ board, production = false, debug = false }: BoardBuildOptions) {
  const path = boardPath(board);
  const chip = chipOf(path);
  const platform = PLATFORMS[chip];
  const output = join(ROOT, 'build/esp32', basename(path, '.json'));
  const environment = production && { environment: { SDKCONFIGPATH: writeProductionConfig(output, chip) } };
  return {
    mcconfig: { platform, output, debug, manifest: writeManifest(output, platform, path), ...environment },
    made: join(output, 'tmp', platform, debug ? 'debug' : 'release', 'm3ter'),
  };
}

function boardPath(board: string): string {
  const known = join(BOARDS, `${board}.json`);
  const path = existsSync(known) ? known : resolve(board);
  if (!existsSync(path)) throw new Error(`board: expected one of hosts/esp32/boards or a file, got ${board}`);
  return path;
}

function chipOf(path: string): Chip {
  const chip = (readJson(path) as { config?: { board?: { chip?: string } } }).config?.board?.chip ?? '';
  if (Object.hasOwn(PLATFORMS, chip)) return chip as Chip;
  throw new Error(`${path}: expected config.board.chip of ${Object.keys(PLATFORMS).join(', ')}, got ${chip}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: expected JSON, got ${(error as Error).message}`);
  }
}

/** @returns the folder that it is in */
function writeProductionConfig(output: string, chip: Chip): string {
  const folder = join(output, 'sdkconfig');
  mkdirSync(folder, { recursive: true });
  writeChanged(join(folder, 'sdkconfig.defaults'), productionConfig(chip));
  return folder;
}

/** manifest.json at the top, with this board in place of the example for its platform. @returns its path */
function writeManifest(folder: string, platform: string, board: string): string {
  const manifest = { platforms: { [platform]: { include: [...APP, board] } } };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  writeChanged(path, JSON.stringify(manifest, null, 2));
  return path;
}
