import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * How the npm libraries of the firmware are bundled for XS, which has neither Node's modules nor a `Function` that
 * compiles: cbor-x calls it when it is loaded, and in a stripped engine that ends the program, past every `try`.
 */
export const XS_OPTIONS = {
  bundle: true,
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  target: 'es2022',
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
