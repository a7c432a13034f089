import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BenchRow } from './row';

const METER = fileURLToPath(new URL('../../firmware/meter.ts', import.meta.url));

/** The firmware with its libraries as one minified ES module. */
export async function benchSize(): Promise<BenchRow[]> {
  const { outputFiles } = await build({
    entryPoints: [METER],
    bundle: true,
    minify: true,
    format: 'esm',
    // What the libraries want of Node comes from npm packages, as on the board.
    platform: 'browser',
    write: false,
  });
  const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  return [{ name: 'firmware with its libraries, minified', value: bytes / 1000, unit: 'KB' }];
}
