import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Moddable SDK of this computer. */
export interface Sdk {
  /** Its folder */
  readonly path: string;
  /** The folder of its tools, made for this computer. */
  readonly tools: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The SDK's name of this computer's system. */
const SYSTEM = ({ darwin: 'mac', win32: 'win' } as Record<string, string>)[process.platform] ?? 'lin';

/** What is missing on this computer, what was looked for, and how to get it. */
export class MissingTool extends Error {
  override readonly name = 'MissingTool';
}

/** Platform of the SDK's desktop simulator on this computer: lin, mac or win. */
export const DESKTOP_PLATFORM = SYSTEM;

/** @throws MissingTool when there is no SDK, or its tools were not made */
export function findSdk(environment: Environment = process.env): Sdk {
  const path = environment.MODDABLE;
  if (!path)
    throw new MissingTool(
      'MODDABLE: expected the folder of the Moddable SDK, got nothing; "xs-dev setup" installs it',
    );
  const tools = join(path, 'build/bin', SYSTEM, 'release');
  const mcconfig = join(tools, SYSTEM === 'win' ? 'mcconfig.exe' : 'mcconfig');
  if (!existsSync(mcconfig))
    throw new MissingTool(
      `${mcconfig}: expected the tool of the Moddable SDK, found none; "xs-dev setup" makes it`,
    );
  return { path, tools };
}

/** @returns the folder of ESP-IDF. @throws MissingTool when it, or its idf.py on the path, is not there */
export function findIdf(environment: Environment = process.env): string {
  const help = '"xs-dev setup --device esp32" installs it, then source its export.sh';
  const path = environment.IDF_PATH;
  if (!path) throw new MissingTool(`IDF_PATH: expected the folder of ESP-IDF, got nothing; ${help}`);
  if (!existsSync(path))
    throw new MissingTool(`${path}: expected the folder of ESP-IDF, found none; ${help}`);
  const folders = (environment.PATH ?? '').split(delimiter);
  if (!folders.some(folder => existsSync(join(folder, 'idf.py'))))
    throw new MissingTool(`idf.py: expected it on the PATH, found none; ${help}`);
  return path;
}

/** The environment in which the SDK's tools find each other. */
export function sdkEnvironment({ path, tools }: Sdk, environment: Environment = process.env) {
  return { ...environment, MODDABLE: path, PATH: [tools, environment.PATH].join(delimiter) };
}
