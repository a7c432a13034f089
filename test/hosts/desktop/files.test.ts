import { writeFileSync } from 'node:fs';
import test from 'ava';
import { readText } from '../../../hosts/desktop/files';
import { sdkFiles, temporaryDirectory } from './sdk-files';

test('a text is read whole; one that is not there, empty or binary is told as it is', t => {
  const path = `${temporaryDirectory()}text`;
  t.deepEqual(readText(sdkFiles, path, 10), { ok: true, value: undefined });
  const cases: [string | Uint8Array, string][] = [
    ['{"a": 1}\n', '{"a": 1}\n'],
    ['', ''],
    [Uint8Array.of(0, 0xe2, 0xff), '\0\xe2\xff'],
  ];
  for (const [content, value] of cases) {
    writeFileSync(path, content);
    t.deepEqual(readText(sdkFiles, path, 10), { ok: true, value });
  }
});

test('a text that is too long, or cannot be read, is a line', t => {
  const directory = temporaryDirectory();
  const path = `${directory}text`;
  writeFileSync(path, 'x'.repeat(11));
  t.deepEqual(readText(sdkFiles, path, 10), {
    ok: false,
    fault: `${path}: expected at most 10 bytes, got 11`,
  });
  t.like(readText(sdkFiles, directory, 10_000), { ok: false });
});
