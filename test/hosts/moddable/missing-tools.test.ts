import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findIdf, findSdk, MissingTool } from '../../../hosts/moddable/sdk';

test('without the Moddable SDK, every build says in one line how to get it', t => {
  for (const target of ['esp32', 'flash', 'desktop', 'xs']) {
    const { status, stdout, stderr } = build(target, { MODDABLE: '' });
    t.is(status, 2);
    t.is(stdout, '');
    t.is(
      stderr,
      'error: MODDABLE: expected the folder of the Moddable SDK, got nothing; "xs-dev setup" installs it\n',
    );
  }
});

test('an SDK whose tools were not made is as good as none', t => {
  const folder = temporaryFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { message } = t.throws(() => findSdk({ MODDABLE: folder }), { instanceOf: MissingTool });
  t.regex(
    message,
    /mcconfig(\.exe)?: expected the tool of the Moddable SDK, found none; "xs-dev setup" makes it$/,
  );
});

test('a board needs ESP-IDF, and its idf.py on the path', t => {
  const folder = temporaryFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const help = '"xs-dev setup --device esp32" installs it, then source its export.sh';
  const fault = (environment: Record<string, string>) =>
    t.throws(() => findIdf(environment), { instanceOf: MissingTool }).message;
  t.is(fault({}), `IDF_PATH: expected the folder of ESP-IDF, got nothing; ${help}`);
  const missing = join(folder, 'none');
  t.is(fault({ IDF_PATH: missing }), `${missing}: expected the folder of ESP-IDF, found none; ${help}`);
  t.is(fault({ IDF_PATH: folder, PATH: folder }), `idf.py: expected it on the PATH, found none; ${help}`);
  writeFileSync(join(folder, 'idf.py'), '');
  t.is(findIdf({ IDF_PATH: folder, PATH: folder }), folder);
});

test('a build for production is not installed unsigned', t => {
  const { status, stderr } = build('flash', {}, '--production');
  t.not(status, 0);
  t.regex(stderr, /^error: unknown option '--production'/);
});

test('a board that there is not, or that names no chip, is one line', t => {
  const folder = temporaryFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const tools = join(
    folder,
    'build/bin',
    { darwin: 'mac', win32: 'win' }[process.platform as string] ?? 'lin',
    'release',
  );
  mkdirSync(tools, { recursive: true });
  for (const path of [join(tools, 'mcconfig'), join(tools, 'mcconfig.exe'), join(folder, 'idf.py')])
    writeFileSync(path, '');
  const environment = { MODDABLE: folder, IDF_PATH: folder, PATH: `${process.env.PATH}:${folder}` };
  const none = build('esp32', environment, '--board', 'breadboard');
  t.is(none.stderr, 'error: board: expected one of hosts/esp32/boards or a file, got breadboard\n');
  t.is(none.status, 1);
  const board = join(folder, 'mine.json');
  writeFileSync(board, '{ "config": { "board": { "chip": "esp8266" } } }');
  t.is(
    build('esp32', environment, '--board', board).stderr,
    `error: ${board}: expected config.board.chip of esp32, esp32c3, esp32s3, got esp8266\n`,
  );
});

function build(target: string, environment: Record<string, string>, ...words: string[]) {
  return spawnSync(process.execPath, ['--import=tsx', 'scripts/build.ts', target, ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'm3ter-sdk-'));
}
