import { readFileSync } from 'node:fs';
import test from 'ava';
import { productionConfig } from '../../../hosts/esp32/sdkconfig/production';

const FLASH = 4 * 1024 * 1024;
const SECTOR = 0x1000;

interface Partition {
  readonly name: string;
  readonly type: string;
  readonly subtype: string;
  readonly offset: number;
  readonly size: number;
  readonly flags: string;
}

const PARTITIONS: readonly Partition[] = readFileSync('hosts/esp32/partitions.csv', 'utf8')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
  .map(line => {
    const [name = '', type = '', subtype = '', offset, size, flags = ''] = line
      .split(',')
      .map(cell => cell.trim());
    return { name, type, subtype, offset: Number(offset), size: Number(size), flags };
  });

function named(name: string): Partition {
  const partition = PARTITIONS.find(candidate => candidate.name === name);
  if (partition === undefined) throw new Error(`expected a partition ${name}`);
  return partition;
}

test('partitions follow each other without overlap, from behind the table to the end of 4 MiB', t => {
  const tableOffset = Number(/^CONFIG_PARTITION_TABLE_OFFSET=(.*)$/m.exec(productionConfig('esp32'))?.[1]);
  let end = tableOffset + SECTOR;
  for (const { name, offset, size } of PARTITIONS) {
    t.true(offset >= end, name);
    t.true(size > 0 && offset % SECTOR === 0 && size % SECTOR === 0, name);
    end = offset + size;
  }
  t.is(PARTITIONS[0]?.offset, tableOffset + SECTOR);
  t.is(end, FLASH);
});

test('two equal slots for apps are aligned as secure boot needs them, and there is none to fall back to for ever', t => {
  const apps = PARTITIONS.filter(({ type }) => type === 'app');
  t.deepEqual(
    apps.map(({ subtype }) => subtype),
    ['ota_0', 'ota_1'],
  );
  for (const { offset, size } of apps) t.true(offset % 0x10000 === 0 && size % 0x10000 === 0);
  t.is(named('ota_0').size, named('ota_1').size);
  t.like(named('otadata'), { type: 'data', subtype: 'ota', size: 2 * SECTOR });
});

test('ledger and log are where they are in every meter in the field, and not encrypted', t => {
  t.like(named('ledger'), { type: 'data', offset: 0x3f0000, size: 64 * 1024, flags: '' });
  t.like(named('log'), { type: 'data', offset: 0x370000, size: 512 * 1024, flags: '' });
  t.like(named('nvs'), { type: 'data', subtype: 'nvs', offset: 0x12000, size: 0xb000, flags: '' });
  t.like(named('nvs_keys'), { subtype: 'nvs_keys', offset: 0x11000, size: SECTOR, flags: 'encrypted' });
});

test('names are ones that ESP-IDF keeps whole', t => {
  for (const { name } of PARTITIONS) t.true(name.length <= 15);
  t.is(new Set(PARTITIONS.map(({ name }) => name)).size, PARTITIONS.length);
});
