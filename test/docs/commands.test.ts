import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { blocksOf, folderFor, readDocument, runSteps, stepsOf, writeSnippet } from './document';

/** What stands behind a fence, and what is done with it. Anything else would be a snippet that nobody has tried. */
const EXECUTED = ['console', 'ts', 'conf', 'ini', 'yaml', 'acl gateway', 'conf rabbitmq'];
/** What such a block needs, and nothing here has. */
const NOT_EXECUTED = ['sh board', 'sh broker'];
/** A session at a board's console, which test/hosts/esp32/docs.test.ts types. */
const BY_OTHERS = ['text'];

for (const name of ['directives.md', 'home-assistant.md', 'troubleshooting.md'])
  test(`the commands of docs/${name} print what it says`, async t => {
    await runSteps(t, folderFor(t), stepsOf(readDocument(name)));
  });

test('each block of the documents is executed, or says why not', t => {
  for (const name of readdirSync('docs').filter(file => file.endsWith('.md'))) {
    const document = readDocument(name);
    const blocks = blocksOf(document);
    t.is(
      document.match(/^ *```/gm)?.length ?? 0,
      2 * blocks.length,
      `docs/${name}: a fence that says nothing`,
    );
    for (const { info, line, body } of blocks) {
      t.true([...EXECUTED, ...NOT_EXECUTED, ...BY_OTHERS].includes(info), `docs/${name}:${line}: ${info}`);
      if (NOT_EXECUTED.includes(info))
        t.log(`docs/${name}:${line} not executed (${info}): ${body.split('\n')[0]}`);
    }
  }
});

test('each link of the documents leads to a file that is there', t => {
  for (const name of readdirSync('docs').filter(file => file.endsWith('.md')))
    for (const [, target = ''] of readDocument(name).matchAll(/\]\(([^)#]+)/g))
      if (!target.startsWith('https://')) t.true(existsSync(join('docs', target)), `docs/${name}: ${target}`);
});

test('the TypeScript of the documents compiles under the rules of the project', async t => {
  const names = ['porting', 'wire-protocol'];
  const files = names.map(name => writeSnippet(readDocument(`${name}.md`), name));
  const folder = dirname(files[0] as string);
  const project = { extends: '../../tsconfig.json', include: names.map(name => `${name}.ts`) };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const { stdout } = await promisify(execFile)('node_modules/.bin/tsc', ['-p', folder]).catch(
    failed => failed,
  );
  t.is(stdout, '');
});
