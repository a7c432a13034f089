import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { productionConfig } from '../../../hosts/esp32/sdkconfig/production';

const CHIPS = ['esp32', 'esp32c3', 'esp32s3'] as const;
const FOLDER = 'hosts/esp32/sdkconfig';
const DEVELOPMENT = readFileSync(`${FOLDER}/development/sdkconfig.defaults`, 'utf8');

/** As mcconfig merges them: comments skipped, cut at the first two equals signs, and the last line for an option holds. */
function options(text: string): Map<string, string> {
  const lines = text.split(/[\r\n]+/).filter(line => line !== '' && !line.startsWith('#'));
  return new Map(lines.map(line => line.split('=') as [string, string]));
}

test('every line is an option that mcconfig takes, and none is given twice in a file', t => {
  for (const name of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(name =>
    /defaults$/.test(name),
  )) {
    const text = readFileSync(`${FOLDER}/${name}`, 'utf8');
    const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('# '));
    for (const line of lines) t.regex(line, /^CONFIG_[A-Z0-9_]+=(y|n|\d+|0x[0-9a-f]+)$/, name);
    t.is(options(text).size, lines.length, name);
    // mcconfig would skip it, and the option would stay on.
    t.notRegex(text, /is not set/, name);
  }
});

test('a development build burns nothing', t => {
  t.deepEqual(
    [...options(DEVELOPMENT).keys()].filter(name => /SECURE|EFUSE|ENCRYPT|ROLL_?BACK_EFUSE/.test(name)),
    [],
  );
});

test('every build takes back an update that fails, restarts what hangs and needs healthy voltage', t => {
  for (const text of [DEVELOPMENT, ...CHIPS.map(productionConfig)]) {
    const set = options(text);
    for (const name of [
      'BOOTLOADER_APP_ROLLBACK_ENABLE',
      'ESP_TASK_WDT_PANIC',
      'ESP_INT_WDT',
      'ESP_BROWNOUT_DET',
    ])
      t.is(set.get(`CONFIG_${name}`), 'y', name);
    t.is(set.get('CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS'), 'n');
    t.is(set.get('CONFIG_PARTITION_TABLE_OFFSET'), '0x10000');
  }
});

test('a production build of any chip keeps the seed in and strangers out', t => {
  for (const chip of CHIPS) {
    const set = options(productionConfig(chip));
    for (const name of [
      'SECURE_BOOT_V2_ENABLED',
      'SECURE_FLASH_ENC_ENABLED',
      'SECURE_FLASH_ENCRYPTION_MODE_RELEASE',
      'NVS_ENCRYPTION',
      chip === 'esp32' ? 'SECURE_DISABLE_ROM_DL_MODE' : 'SECURE_ENABLE_SECURE_ROM_DL_MODE',
      'ESP_COREDUMP_ENABLE_TO_NONE',
      'LOG_DEFAULT_LEVEL_NONE',
    ])
      t.is(set.get(`CONFIG_${name}`), 'y', `${chip} ${name}`);
    t.is(set.get('CONFIG_ESP_COREDUMP_ENABLE_TO_UART'), 'n');
    t.deepEqual(
      [...set.keys()].filter(name => /INSECURE|ALLOW|DEVELOPMENT/.test(name)),
      [],
    );
  }
});
