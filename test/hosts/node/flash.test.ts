import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openFlash } from '../../../hosts/node/flash';

const SIZES = { ledger: 8192, log: 16384 };

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-flash-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

test('new flash is erased, in a directory made for it, 64 KiB and 512 KiB by default', t => {
  const flash = openFlash(join(directory(t), 'a', 'b'));
  t.deepEqual([flash.ledger.size, flash.log.size, flash.log.sectorSize], [65536, 524288, 4096]);
  t.true(flash.log.read(0, flash.log.size).every(byte => byte === 0xff));
  flash.close();
});

test('a write clears bits only, an erase sets those of its sector, and both are there when opened again', t => {
  const path = directory(t);
  const flash = openFlash(path, SIZES);
  t.true(flash.ledger.write(4094, Uint8Array.of(0x0f, 0x55, 0xaa)));
  t.true(flash.ledger.write(4094, Uint8Array.of(0xfe, 0xff, 0xa0)));
  t.deepEqual(flash.ledger.read(4093, 5), Uint8Array.of(0xff, 0x0e, 0x55, 0xa0, 0xff));
  t.true(flash.ledger.erase(1));
  flash.close();
  const again = openFlash(path, SIZES);
  t.deepEqual(again.ledger.read(4093, 5), Uint8Array.of(0xff, 0x0e, 0x55, 0xff, 0xff));
  again.close();
});

test('a call beyond the region is misuse', t => {
  const flash = openFlash(directory(t), SIZES);
  t.throws(() => flash.ledger.read(8190, 3), { message: /within 0 to 8192, got 3 at 8190/ });
  t.throws(() => flash.ledger.write(-1, Uint8Array.of(0)), { instanceOf: RangeError });
  t.throws(() => flash.ledger.erase(2), { instanceOf: RangeError });
  flash.close();
});

test('a file of another size is refused by name, and the directory is free again', t => {
  const path = directory(t);
  openFlash(path, SIZES).close();
  truncateSync(join(path, 'log.flash'), 4096);
  for (let k = 0; k < 2; k++)
    t.throws(() => openFlash(path, SIZES), {
      message: /log\.flash: expected 16384 bytes of flash, got 4096/,
    });
});

test('a directory that is in use is refused, and its user is named', t => {
  const path = directory(t);
  const flash = openFlash(path, SIZES);
  t.throws(() => openFlash(path, SIZES), {
    message: new RegExp(`nothing uses, but process ${process.pid} has it`),
  });
  flash.close();
  openFlash(path, SIZES).close();
});

test('another process is refused while it lives, and its lock taken over once it was killed', async t => {
  const path = directory(t);
  const module = new URL('../../../hosts/node/flash.ts', import.meta.url).href;
  const script = `const { openFlash } = await import('${module}');
    openFlash(${JSON.stringify(path)}, ${JSON.stringify(SIZES)}).ledger.write(0, Uint8Array.of(7));
    console.log('open');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script]);
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  t.throws(() => openFlash(path, SIZES), { message: new RegExp(`process ${child.pid} has it open`) });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const flash = openFlash(path, SIZES);
  t.deepEqual(flash.ledger.read(0, 1), Uint8Array.of(7));
  flash.close();
});

test('a lock whose process id now belongs to another process, and one that is garbage, are taken over', t => {
  const path = directory(t);
  for (const stale of [`${process.ppid} 1`, 'garbage', '']) {
    writeFileSync(join(path, 'lock'), stale);
    openFlash(path, SIZES).close();
  }
  t.pass();
});
