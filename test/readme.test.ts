import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { decode } from 'cbor-x';
import { type Hex, hashTypedData, recoverAddress, type TypedDataDefinition, toHex } from 'viem';
import { codeSection } from '../scripts/readme-codes';
import { SIGNED_TYPES } from './support/messages';
import { startMosquitto } from './support/mosquitto';
import { typedData } from './support/viem';

// `m3ter` from the sources, as for everybody, and not from what was bundled for the tests
delete process.env.NODE_OPTIONS;

const README = readFileSync('README.md', 'utf8');

type Shown = number | Hex | readonly Readonly<Record<string, number>>[];

interface Example {
  readonly topic: string;
  readonly payload: string;
  readonly message: Readonly<Record<string, Shown>>;
  readonly digest: Hex;
  readonly signer: Hex;
}

const EXAMPLES = [...README.matchAll(/^#### (\w+)$.*?```json\n(.*?)```/gms)].map(
  ([, name = '', json = '']) => {
    return { name, ...(JSON.parse(json) as Example) };
  },
);

test("the README's tables of events, reasons and policy fields are those of the source", t => {
  t.true(README.includes(codeSection()), 'npx tsx scripts/readme-codes.ts makes them anew');
});

test('the README has an example of every signed type that is in use', t => {
  const names = EXAMPLES.map(({ name }) => name).sort();
  t.deepEqual(names, [
    ...['Acknowledgement', 'Credit', 'Event', 'FactoryReset', 'FirmwareRelease', 'Link', 'Policy'],
    ...['Reading', 'Roles', 'SupplyOrder', 'Tariff'],
  ]);
});

for (const { name, topic, payload, message, digest, signer } of EXAMPLES)
  test(`the README's example of a ${name} is what viem and any CBOR decoder make of it`, async t => {
    const type = SIGNED_TYPES.find(candidate => candidate.name === name);
    if (type === undefined) return t.fail(`no such type: ${name}`);
    const typed = typedData(type, { bands: [] }) as TypedDataDefinition;
    t.is(hashTypedData({ ...typed, message } as TypedDataDefinition), digest);
    const map = decode(Buffer.from(payload, 'hex')) as Record<string, number | Uint8Array>;
    t.is(await recoverAddress({ hash: digest, signature: toHex(map[0] as Uint8Array) }), signer);
    const plain = (value: unknown) => {
      if (value instanceof Uint8Array) return toHex(value);
      return Array.isArray(value) ? value.map(band => Object.values(band)) : value;
    };
    const shown = (value: Shown | undefined) => {
      if (typeof value === 'string') return value.toLowerCase();
      return typeof value === 'object' ? value.map(band => Object.values(band)) : value;
    };
    Object.keys(type.fields).forEach((field, k) => {
      t.deepEqual(plain(map[k + 1]), shown(message[field]), field);
    });
    t.regex(topic, /^m3ter\/100\/7\/[a-z]+$/);
  });

/** The README's `console` blocks: what is typed, and what it prints. */
const SESSION = [...README.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map(step => {
      const [command = '', ...output] = step.trimEnd().split('\n');
      return { command, output };
    }),
);

/** Until the load has used up what was bought, and the last reading is there. */
const AWAIT_CUT_OFF =
  'for k in $(seq 400); do grep -q supplied meter.log && tail -n 1 meter.log | grep -q exhausted && [ "$(wc -l < readings.txt)" -ge 3 ] && break; sleep 0.1; done';

test('the commands of the README print what it says', async t => {
  t.timeout(120_000);
  const broker = await startMosquitto();
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-readme-'));
  t.teardown(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true });
  });
  const steps = SESSION.map(({ command }, k) => {
    const wait = command.startsWith('m3ter verify') ? AWAIT_CUT_OFF : ':';
    return `echo "@${k}"; ${wait}; ${command.replaceAll('1883', String(broker.port))}`;
  });
  const m3ter = `#!/bin/sh\nexec ${process.execPath} ${resolve('simulator/m3ter.js')} "$@"\n`;
  writeFileSync(join(folder, 'm3ter'), m3ter, { mode: 0o755 });
  const script = ['PATH=$PWD:$PATH', "trap 'kill $(jobs -p); wait' EXIT", ...steps, 'echo @end'].join('\n');
  const printed = (await run(script, folder)).split(/^@\w+\n/m).slice(1);
  SESSION.forEach(({ command, output }, k) => {
    const escaped = output.join('\n').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    t.regex((printed[k] ?? '').trimEnd(), new RegExp(`^${escaped.replaceAll('…', '.*')}$`), command);
  });
  t.regex(readFileSync(join(folder, 'meter.log'), 'utf8'), /supply on.*\n(.*\n)*.*supply off \(exhausted\)/);
});

function run(script: string, cwd: string): Promise<string> {
  const shell = spawn('bash', ['-c', script], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  shell.stdout.on('data', chunk => {
    printed += chunk;
  });
  return new Promise(done => shell.once('close', () => done(printed)));
}
