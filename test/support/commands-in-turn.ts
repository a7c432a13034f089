/*
 * Runs `m3ter` once for each line of stdin, a JSON array of its words, all in this one process, and prints what each
 * leaves behind, a line of JSON each. It does not end where one of them left anything open.
 */
import { text } from 'node:stream/consumers';
import type { Finished } from './m3ter';

const MAIN = new URL('../../simulator/cli/main.ts', import.meta.url);
const print = process.stdout.write.bind(process.stdout);

// each turn listens for what becomes of its output
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
const lines = (await text(process.stdin)).split('\n');
for (const [turn, line] of lines.entries()) print(`${JSON.stringify(await run(JSON.parse(line), turn))}\n`);

async function run(words: readonly string[], turn: number): Promise<Finished> {
  const out = collect(process.stdout);
  const err = collect(process.stderr);
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
  try {
    // a module is run once, but this is another each time
    await import(`${MAIN}?turn=${turn}`);
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  }
  const code = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  return { code, out: out.join(''), err: err.join('') };
}

/** What is written to the stream from now on, which nobody else gets. */
function collect(stream: NodeJS.WriteStream): string[] {
  const chunks: string[] = [];
  stream.write = (chunk: string | Uint8Array) => {
    chunks.push(`${chunk}`);
    return true;
  };
  return chunks;
}
