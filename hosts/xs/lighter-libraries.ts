import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/** A part of a library that the meter does without. */
interface Cut {
  readonly module: RegExp;
  readonly from: string;
  readonly to: string;
}

const CUTS: readonly Cut[] = [
  // One Buffer of a whole packet: the meter writes a packet part by part.
  { module: /mqtt-packet.mqtt\.js$/, from: "require('./generate')", to: 'undefined' },
];

const MQTT_CONSTANTS = fileURLToPath(new URL('../shims/mqtt-constants.cjs', import.meta.url));

/**
 * mqtt-packet without what the meter never uses of it: ROM of a board.
 * @throws Error, when it is built, for a library in which what is to be cut is not there once
 */
export const lighterLibraries: Plugin = {
  name: 'lighter libraries',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/constants$/ }, ({ importer }) =>
      importer.includes('mqtt-packet') ? { path: MQTT_CONSTANTS } : undefined,
    );
    onLoad({ filter: /mqtt-packet.mqtt\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const { module, from, to } of CUTS)
        if (module.test(path)) contents = cut(path, contents, from, to);
      return { contents };
    });
  },
};

function cut(path: string, text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`${path}: expected "${from}" once, got it ${parts.length - 1} times`);
  return parts.join(to);
}
