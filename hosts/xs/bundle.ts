import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin, transform } from 'esbuild';
import { lighterLibraries } from './lighter-libraries';
import { plainProperties } from './plain-properties';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const TARGET = 'es2022';

/** The modules of this project with plain properties, as they are on a board. */
const ownModules: Plugin = {
  name: 'own modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$|hosts.shims.[\w-]+\.cjs$/ }, async ({ path }) => {
      const loader = path.endsWith('ts') ? 'ts' : 'js';
      const { code } = await transform(await readFile(path, 'utf8'), { loader, target: TARGET });
      return { contents: plainProperties(code) };
    });
  },
};

/**
 * How the npm libraries of the firmware are bundled for XS, which has neither Node's modules nor a `Function` that
 * compiles: cbor-x calls it when it is loaded, and in a stripped engine that ends the program, past every `try`.
 */
export const XS_OPTIONS = {
  bundle: true,
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  target: TARGET,
  plugins: [ownModules, lighterLibraries],
  define: { Function: '__noFunction' },
  alias: {
    bl: here('../shims/bl.cjs'),
    buffer: here('../shims/buffer.ts'),
    debug: here('../shims/debug.cjs'),
    events: here('../shims/events.ts'),
    'process-nextick-args': here('../shims/process-nextick-args.ts'),
  },
} as const satisfies BuildOptions;

/** The whole firmware with its libraries, and the far side of this host's pipe, as one script in ASCII. */
export async function bundleFirmware(): Promise<string> {
  const { outputFiles } = await build({
    ...XS_OPTIONS,
    entryPoints: [here('device/main.ts')],
    format: 'iife',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
