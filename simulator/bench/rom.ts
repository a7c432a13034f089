import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LinkedImage } from './linked-image';
import type { BenchRow } from './row';

type Group = (name: string) => boolean;

const isFirmware: Group = name => /^(firmware\/|@noble\/|mqtt-packet$)/.test(name);
const isHost: Group = name => name.startsWith('hosts/');
const GROUPS = [isFirmware, isHost];

/**
 * What an app takes of a 32-bit device's ROM, but for its C: byte code, what the modules left behind when they were
 * preloaded, and the names of properties that no other module has. The SDK's modules and the engine's own built-ins are
 * the rest of the total.
 * @param directory that mcconfig has made it in (`-o`)
 * @throws Error when it has not made just one
 */
export function romRows(directory: string): BenchRow[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const [linked, another] = files.filter(path => path.endsWith('mc.xs.c'));
  if (linked === undefined || another !== undefined)
    throw new Error(`${directory}: expected one mc.xs.c, got ${linked === undefined ? 'none' : 'several'}`);
  const image = new LinkedImage(readFileSync(join(directory, linked), 'utf8'));
  const keys = keysOf(join(directory, dirname(linked), 'modules'));
  const [firmware, host] = image.shares(GROUPS).map(({ bytes, code }, k) => {
    return { bytes: bytes + image.keySize(keys[k] ?? new Set()), code };
  });
  return [
    { ...row('firmware and libraries', firmware?.bytes ?? 0), budget: { atMost: 400 } },
    row('of that byte code', firmware?.code ?? 0),
    row('host', host?.bytes ?? 0),
    row('all JavaScript, with SDK and engine', image.total),
  ];
}

function row(name: string, bytes: number): BenchRow {
  return { name: `ROM, ${name}`, value: bytes / 1000, unit: 'KB' };
}

/** For each group the names of properties that its modules have, and none of a group before or of no group. */
function keysOf(folder: string): ReadonlySet<string>[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.xsb'),
  );
  const groupOf = (path: string) => GROUPS.findIndex(group => group(path.slice(0, -'.xsb'.length)));
  const taken = new Set<string>();
  const [, ...own] = [-1, ...GROUPS.keys()].map(group => {
    const paths = files.filter(path => groupOf(path) === group);
    const names = paths.flatMap(path => symbolsOf(readFileSync(join(folder, path))));
    const fresh = new Set(names.filter(name => !taken.has(name)));
    for (const name of fresh) taken.add(name);
    return fresh;
  });
  return own;
}

/** The names in a module's file: its atom `SYMB` is their number, 16 bits, and the names, a NUL behind each. */
function symbolsOf(module: Buffer): string[] {
  const at = module.indexOf('SYMB');
  const length = module.readUInt32BE(at - 4);
  return module
    .toString('latin1', at + 6, at - 4 + length)
    .split('\0')
    .filter(name => name !== '');
}
