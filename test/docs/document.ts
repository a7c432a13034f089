import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecutionContext } from 'ava';
import { tsImport } from 'tsx/esm/api';
import { m3terInTurn } from '../support/m3ter';

/** A fenced block of a document. */
export interface Block {
  /** What is behind the fence: `console`, `sh board`, `json`, ... */
  readonly info: string;
  readonly body: string;
  /** Of the fence, from 1 */
  readonly line: number;
}

/** What is typed, and what that prints, where `…` is anything. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

export function readDocument(name: string): string {
  return readFileSync(`docs/${name}`, 'utf8');
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: info = '', 2: body = '', index }) => ({
      info,
      body,
      line: document.slice(0, index).split('\n').length,
    }),
  );
}

/** The only block of a kind. @throws Error when there is none, or more */
export function blockOf(document: string, info: string): string {
  const [block, ...others] = blocksOf(document).filter(candidate => candidate.info === info);
  if (block === undefined || others.length > 0)
    throw new Error(`${info}: expected one block, got ${block === undefined ? 'none' : others.length + 1}`);
  return block.body;
}

/** Those of all `console` blocks, one after the other. */
export function stepsOf(document: string): Step[] {
  return blocksOf(document)
    .filter(({ info }) => info === 'console')
    .flatMap(({ body }) => body.split(/^\$ /m).slice(1).map(stepOf));
}

function stepOf(text: string): Step {
  const [, command = '', output = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(text) ?? [];
  return { command, output: output.trimEnd() };
}

/** The rows of the table under a heading, without its head. */
export function tableOf(document: string, heading: string): string[][] {
  const section = document.split(/^#+ /m).find(text => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter(line => line.startsWith('|'));
  return rows.slice(2).map(row =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim()),
  );
}

/** What a document's `code` spans in a cell name. */
export function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** A folder with keys of 1, 2 and 3 for owner, operator and registrar, and `m3ter` on the path of `sh`. */
export function folderFor(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-docs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [k, name] of ['owner', 'operator', 'registrar'].entries())
    writeFileSync(join(folder, `${name}.key`), `${k + 1}`.padStart(64, '0'));
  const m3ter = `#!/bin/sh\nexec ${process.execPath} ${resolve('simulator/m3ter.js')} "$@"\n`;
  writeFileSync(join(folder, 'm3ter'), m3ter, { mode: 0o755 });
  return folder;
}

/** Runs steps in a folder, in their order, and compares what they print; `m3ter` by itself without a process for each. */
export async function runSteps(t: ExecutionContext, folder: string, steps: readonly Step[]): Promise<void> {
  let turn: Step[] = [];
  const takeTurn = async () => {
    const commands = turn.map(({ command }) => wordsOf(command).slice(1));
    const finished = turn.length === 0 ? [] : await m3terInTurn(commands, folder);
    for (const [k, { out, err }] of finished.entries()) compare(t, turn[k] as Step, out + err);
    turn = [];
  };
  for (const step of steps) {
    if (/^m3ter [^|<>&;$`]*$/.test(step.command)) turn.push(step);
    else {
      await takeTurn();
      compare(t, step, await shell(step.command, folder));
    }
  }
  await takeTurn();
}

function compare(t: ExecutionContext, { command, output }: Step, printed: string): void {
  const escaped = output.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  t.regex(
    printed.replaceAll('\r', '').trimEnd(),
    new RegExp(`^${escaped.replaceAll('…', '[\\s\\S]*')}$`),
    command,
  );
}

/**
 * Runs steps in one shell, in which what was started in the background goes on until the end, and compares what they print.
 * @param change what to make of a command or an output first: other ports
 */
export async function runSession(
  t: ExecutionContext,
  folder: string,
  steps: readonly Step[],
  change: (text: string) => string,
): Promise<void> {
  const lines = steps.flatMap(({ command }, k) => [`echo; echo @${k}`, change(command)]);
  const script = ['exec 2>&1', "trap 'kill $(jobs -p); wait' EXIT", ...lines, 'echo; echo @end'].join('\n');
  const printed = (await shell(script, folder)).split(/^@\w+\n/m).slice(1);
  for (const [k, { command, output }] of steps.entries())
    compare(t, { command, output: change(output) }, printed[k] ?? '');
}

/** As a shell would split it. */
function wordsOf(command: string): string[] {
  const line = command.replaceAll('\\\n', ' ');
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** What a command prints, both ways. */
export function shell(command: string, cwd: string): Promise<string> {
  return new Promise(done => {
    execFile('bash', ['-c', `PATH=$PWD:$PATH:/usr/sbin; ${command}`], { cwd }, (_error, out, err) =>
      done(out + err),
    );
  });
}

/** Two levels below the top, as a document's imports have it. */
const SNIPPETS = 'build/docs';

/** Writes the TypeScript of a document where its imports lead to what they name. @returns the file */
export function writeSnippet(document: string, name: string): string {
  mkdirSync(SNIPPETS, { recursive: true });
  const file = join(SNIPPETS, `${name}.ts`);
  // at one stroke: another test may be importing it
  const made = `${file}.${process.pid}`;
  writeFileSync(made, blockOf(document, 'ts'));
  renameSync(made, file);
  return file;
}

/** The module that is the TypeScript of a document. */
export function snippet<Exports>(document: string, name: string): Promise<Exports> {
  return tsImport(pathToFileURL(resolve(writeSnippet(document, name))).href, import.meta.url);
}

/** The members of a union of literals in the firmware, by the file that exports it. */
export function unionOf(path: string, name: string): string[] {
  const source = readFileSync(`firmware/${path}`, 'utf8');
  const [, members = ''] = new RegExp(`export type ${name} =([^;]*);`).exec(source) ?? [];
  return [...members.matchAll(/'([^']+)'/g)].map(([, member = '']) => member);
}
