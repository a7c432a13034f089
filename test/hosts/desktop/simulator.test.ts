import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { connectAsync } from 'mqtt';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { AUTHORITY_FILE } from '../../../hosts/desktop/settings';
import { LINK_FILE } from '../../../hosts/link-document';
import { runMcconfig } from '../../../hosts/moddable/mcconfig';
import { prebundle } from '../../../hosts/moddable/prebundle';
import { DESKTOP_PLATFORM, findSdk, type Sdk, sdkEnvironment } from '../../../hosts/moddable/sdk';
import { signDirective } from '../../../simulator/directive';
import { linkDocument, makeLinkOffer } from '../../../simulator/link-document';
import { ReadingVerifier } from '../../../simulator/reading-verifier';
import { crypto, key, REGISTRY } from '../../support/messages';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { withSdk } from '../../support/sdk';
import { until } from '../../support/session';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Kept from one run to the next: the SDK's own sources take a minute to compile. */
const OUTPUT = join(ROOT, 'build/desktop-test');
const BUILD_TIME = 300_000;
const LINK = { chainId: 100, registry: REGISTRY, m3terId: 7n };
const DOMAIN = new SigningDomain(crypto, LINK);
const [OWNER, OPERATOR] = [key(1), key(2)];

const isScreenThere = DESKTOP_PLATFORM === 'lin' && spawnSync('Xvfb', ['-help']).error === undefined;

withSdk('mcconfig finds all that the manifest names, on every platform', async t => {
  const sdk = findSdk();
  await prebundle();
  for (const platform of ['lin', 'mac', 'win']) {
    const output = mkdtempSync(join(tmpdir(), `m3ter-${platform}-`));
    t.teardown(() => rmSync(output, { recursive: true }));
    const { stdout, stderr } = spawnSync(
      join(sdk.tools, 'mcconfig'),
      ['-p', platform, '-o', output, join(ROOT, 'manifest.json')],
      { encoding: 'utf8', env: sdkEnvironment(sdk) },
    );
    const complaints = `${stdout}${stderr}`.split('\n').filter(line => /warning|not found/.test(line));
    // the rules of make for Windows are looked for only there
    t.deepEqual(
      complaints.filter(line => !line.includes('MAKE_FRAGMENT')),
      [],
    );
  }
});

withSdk('the app for the simulator is made, and in it the meter gets over TLS what was bought', async t => {
  t.timeout(BUILD_TIME);
  const port = await freePort();
  const state = join(OUTPUT, 'state');
  const config = { broker: `mqtts://localhost:${port}`, state };
  await runMcconfig({ platform: DESKTOP_PLATFORM, goal: 'build', output: OUTPUT, config });
  const library = readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' }).find(path =>
    /\bmc\.(so|dll)$/.test(path),
  );
  t.truthy(library);
  if (!isScreenThere) {
    t.log('not run: Xvfb is not installed');
    return;
  }
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state);
  const { authority, readings } = await watchReadings(t, port);
  writeFileSync(join(state, AUTHORITY_FILE), authority);
  await simulate(t, findSdk(), join(OUTPUT, library as string));
  await until('the simulator has made its state', () => readdirOrNone(state).includes('seed'));
  const offer = makeLinkOffer(crypto, OWNER, { ...LINK, operator: OPERATOR.address });
  writeFileSync(join(state, LINK_FILE), linkDocument(crypto, offer));
  await until('a credit is heard of', () => readings.some(({ credited }) => credited === 1_000_000));
});

/** A broker where 1 kWh waits for the meter. @returns the meter's readings as they come, each verified */
async function watchReadings(t: ExecutionContext, port: number) {
  const broker = await startMosquitto({ port, tls: true });
  t.teardown(() => broker.stop());
  const { authority } = broker;
  const client = await connectAsync(`mqtts://localhost:${port}`, { ca: authority });
  t.teardown(() => client.endAsync(true));
  const verifier = new ReadingVerifier(DOMAIN, { m3terId: LINK.m3terId });
  const readings: { readonly credited: number }[] = [];
  client.on('message', (_topic, payload) => {
    const { reading, problems } = verifier.accept(new Uint8Array(payload));
    t.deepEqual(problems, []);
    if (reading !== undefined) readings.push(reading);
  });
  await client.subscribeAsync('m3ter/100/7/reading', { qos: 1 });
  const credit = { m3terId: LINK.m3terId, credited: 1_000_000, withdrawn: 0 };
  const { topic, payload } = signDirective(DOMAIN, OPERATOR, 'credit', credit);
  await client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
  return { authority, readings };
}

/** The SDK's simulator on a screen that nobody sees. */
async function simulate(t: ExecutionContext, { path, tools }: Sdk, library: string): Promise<void> {
  const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '640x480x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  endLater(t, screen);
  const [number] = await once(screen.stdout, 'data');
  const home = mkdtempSync(join(tmpdir(), 'm3ter-simulator-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  // the simulator makes its own folder, but not this one
  mkdirSync(join(home, '.config'));
  const simulator = spawn(join(tools, 'mcsim'), [join(path, 'build/simulators'), library], {
    env: { ...process.env, HOME: home, DISPLAY: `:${String(number).trim()}` },
    stdio: 'ignore',
  });
  endLater(t, simulator);
}

function endLater(t: ExecutionContext, child: ChildProcess): void {
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
}

function readdirOrNone(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
