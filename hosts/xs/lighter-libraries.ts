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
  // Two functions for each kind of typed array, to read it, and one to write it: the meter has none but bytes.
  { module: /cbor-x.decode\.js$/, from: 'i < typedArrays.length', to: 'i < 0' },
  {
    module: /cbor-x.encode\.js$/,
    from: 'function typedArrayEncoder(tag, size) {',
    to: 'function typedArrayEncoder() { return;',
  },
  // A table of 256 numbers to round 32-bit floats with: there are no floats in what the meter reads and writes.
  { module: /cbor-x.decode\.js$/, from: 'i < 256', to: 'i < 0' },
];

const MQTT_CONSTANTS = fileURLToPath(new URL('../shims/mqtt-constants.cjs', import.meta.url));

/**
 * mqtt-packet and cbor-x without what they make when they are loaded and the meter never uses: 32 KB of a board's ROM.
 * @throws Error, when it is built, for a library in which what is to be cut is not there once
 */
export const lighterLibraries: Plugin = {
  name: 'lighter libraries',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/constants$/ }, ({ importer }) =>
      importer.includes('mqtt-packet') ? { path: MQTT_CONSTANTS } : undefined,
    );
    onLoad({ filter: /(mqtt-packet.mqtt|cbor-x.(en|de)code)\.js$/ }, async ({ path }) => {
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
