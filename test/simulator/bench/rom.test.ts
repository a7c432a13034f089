import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { romRows } from '../../../simulator/bench/rom';

/** A slot as xsl writes it. */
const slot = (index: number, next: number | undefined, id: string, kind: string, value: string) =>
  `/* ${index} */\t{ ${next === undefined ? 'NULL' : `(txSlot*)&gxHeap[${next}]`}, {.ID = ${id}, .flag = 0x8a, .kind = XS_${kind}_KIND}, .value = { ${value} } },`;
const to = (place: number) => `.reference = (txSlot*)&gxHeap[${place}]`;

/**
 * The firmware's module 1 leads to a function with 3 bytes of code and a NUL, and to an array of one text with 2 bytes and a
 * NUL; the SDK's module 9 leads to a number that the firmware leads to as well.
 */
const HEAP = [
  slot(0, undefined, 'XS_NO_ID', 'REFERENCE', to(15)),
  slot(1, 2, 'XS_NO_ID', 'INSTANCE', '.instance = { NULL, NULL }'),
  slot(2, 3, '6', 'MODULE', '.module = { NULL, 20 }'),
  slot(3, 12, 'xsID_run', 'CODE_X', '.code = { (txByte*)"\\x0c\\x01"";", NULL }'),
  slot(4, undefined, '3', 'ARRAY', '.array = { (txSlot*)&gxHeap[6], 1 }'),
  slot(5, undefined, 'XS_NO_ID', 'INTEGER', '.integer = 1 * sizeof(txSlot)'),
  '\t{ NULL, {.ID = XS_NO_ID, .flag = 0x0, .kind = XS_STRING_X_KIND}, .value = { .string = "ok" } },',
  slot(7, undefined, '20', 'KEY_X', '.key = { "firmware/energy", 0x1 }'),
  slot(8, undefined, '21', 'KEY_X', '.key = { "timer", 0x1 }'),
  slot(9, 10, 'XS_NO_ID', 'INSTANCE', '.instance = { NULL, NULL }'),
  slot(10, 11, '6', 'MODULE', '.module = { NULL, 21 }'),
  slot(11, undefined, 'xsID_limit', 'NUMBER', '.number = 0.5'),
  slot(12, 13, 'xsID_shared', 'REFERENCE', to(11)),
  slot(13, undefined, 'xsID_list', 'REFERENCE', to(4)),
  slot(14, undefined, '22', 'KEY_X', '.key = { "balance", 0x1 }'),
].join('\n');
const SOURCE = [
  `static const txScript gxScripts[mxScriptsCount] = {
\t{ NULL, NULL, 0, NULL, 0, NULL, 0, "firmware/energy", { 1 } },
\t{ NULL, NULL, 0, (txS1*)gxCode1, 300, NULL, 0, "firmware/meter", { 1 } },
\t{ NULL, NULL, 0, (txS1*)gxCode2, 70, NULL, 0, "timer", { 1 } }
};`,
  `static const txSlot gxHeap[mxHeapCount] = {\n${HEAP}};`,
  `static const txSlot gxStack[mxStackCount] = {\n/* 0 */\t{ NULL, {.ID = 1}, .value = { ${to(1)} } },\n};`,
  '',
].join('\n\n');

/** A module's file with nothing but its names. */
function moduleFile(...names: readonly string[]): Buffer {
  const text = names.map(name => `${name}\0`).join('');
  const atom = Buffer.alloc(10);
  atom.writeUInt32BE(10 + text.length);
  atom.write('SYMB', 4);
  return Buffer.concat([Buffer.from('\0\0\0\0XS_B'), atom, Buffer.from(text)]);
}

function inFolder(files: Readonly<Record<string, string | Buffer>>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-rom-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('ROM is told apart: ours by what only our modules lead to, with names that only they have', t => {
  const app = 'tmp/esp32/release/m3ter';
  const files = {
    [`${app}/mc.xs.c`]: SOURCE,
    [`${app}/modules/firmware/energy.xsb`]: moduleFile('balance', 'limit'),
    [`${app}/modules/timer.xsb`]: moduleFile('limit'),
  };
  inFolder(files, folder => {
    const rows = new Map(romRows(folder).map(({ name, value }) => [name, Math.round(value * 1000)]));
    // Slots 1 to 6, 12 and 13; code, text, a script; and the name `balance`.
    t.is(rows.get('ROM, firmware and libraries'), 8 * 16 + 4 + 3 + 300 + (16 + 4 + 8));
    t.is(rows.get('ROM, of that byte code'), 4 + 300);
    t.is(rows.get('ROM, host'), 0);
    const names = 'firmware/energy'.length + 'timer'.length + 'balance'.length + 3;
    t.is(rows.get('ROM, all JavaScript, with SDK and engine'), 15 * 16 + 4 + 3 + 370 + names + 3 * 4);
  });
});

test('a folder with no app, or with two, and a file that is none of the linker are told', t => {
  inFolder({}, folder => {
    t.throws(() => romRows(folder), { message: /expected one mc\.xs\.c, got none/ });
  });
  inFolder({ 'a/mc.xs.c': SOURCE, 'b/mc.xs.c': SOURCE }, folder => {
    t.throws(() => romRows(folder), { message: /expected one mc\.xs\.c, got several/ });
  });
  inFolder({ 'mc.xs.c': '' }, folder => {
    t.throws(() => romRows(folder), { message: /mc\.xs\.c: expected txSlot gxHeap, found none/ });
  });
});
