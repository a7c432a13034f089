import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MosquittoOptions {
  /** Absent: a free one. */
  readonly port?: number;
  /** TLS with a certificate for the name `localhost`, by an authority made for the occasion; and asking for one by it. */
  readonly tls?: boolean | 'both sides';
  /** A folder of the caller's where it keeps messages and sessions; absent: nowhere. */
  readonly keep?: string;
  /** Ctrl-C, which is for all processes of a terminal, is not for it. */
  readonly detached?: boolean;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
}

export interface Mosquitto {
  readonly port: number;
  /** SIGHUP makes it read its access list again. */
  readonly pid: number;
  /** PEM of the authority, of the broker's certificate, and of one for a client with its key, with TLS; else empty. */
  readonly authority: string;
  readonly certificate: string;
  readonly client: { readonly certificate: string; readonly privateKey: string };
  /** Resolves when it is gone. */
  stop(): Promise<void>;
  /** The same, but it has no time to say or write anything. */
  kill(): Promise<void>;
}

/** Of a mosquitto that keeps anything: as soon as there is something. */
const AT_EVERY_CHANGE = ['autosave_on_changes true', 'autosave_interval 1'];

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts Debian's mosquitto on loopback, for anybody; resolves when it accepts connections. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-mosquitto-'));
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true'];
  if (options.keep === undefined) lines.push('persistence false');
  else lines.push('persistence true', `persistence_location ${options.keep}/`, ...AT_EVERY_CHANGE);
  // started by root it would become a user that cannot read its key
  lines.push(`user ${userInfo().username}`);
  if (options.tls) {
    makeCertificates(folder);
    lines.push(`certfile ${join(folder, 'server.pem')}`, `keyfile ${join(folder, 'server.key')}`);
    if (options.tls === 'both sides')
      lines.push(`cafile ${join(folder, 'ca.pem')}`, 'require_certificate true');
  }
  const configuration = join(folder, 'mosquitto.conf');
  writeFileSync(configuration, [...lines, ...(options.settings ?? []), ''].join('\n'));
  const path = `${process.env.PATH}:/usr/sbin`;
  const child = spawn('mosquitto', ['-c', configuration], {
    env: { PATH: path },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: options.detached === true,
  });
  running.add(child);
  const exit = new Promise<void>(resolve => child.once('close', () => resolve()));
  await accepts(child, port);
  const pem = (name: string) => (options.tls ? readFileSync(join(folder, name), 'utf8') : '');
  const files = {
    authority: pem('ca.pem'),
    certificate: pem('server.pem'),
    client: { certificate: pem('client.pem'), privateKey: pem('client.key') },
  };
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exit;
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, pid: child.pid as number, ...files, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** A loopback port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('freePort: no port');
  return address.port;
}

async function accepts(child: ChildProcess, port: number): Promise<void> {
  let log = '';
  let failure: Error | undefined;
  child.stderr?.on('data', text => {
    log += text;
  });
  child.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error('mosquitto is missing: apt-get install mosquitto') : error;
  });
  child.once('exit', code => {
    failure ??= new Error(`mosquitto ended with ${code} before it accepted connections:\n${log}`);
  });
  for (let attempt = 0; attempt < 500; attempt++) {
    if (failure !== undefined) throw failure;
    if (await canConnect(port)) return;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`mosquitto: waited in vain for it to accept connections on ${port}:\n${log}`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** PEM of a certificate authority that has signed nothing. */
export function makeAuthority(): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-authority-'));
  selfSign(folder);
  const authority = readFileSync(join(folder, 'ca.pem'), 'utf8');
  rmSync(folder, { recursive: true });
  return authority;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function selfSign(folder: string): void {
  const names = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority'];
  openssl(folder, ['req', '-x509', '-days', '2', ...KEY, ...names]);
}

/** `ca`, `server` (for the name `localhost`) and `client`, each .pem and .key, in a folder. */
export function makeCertificates(folder: string): void {
  selfSign(folder);
  sign(folder, 'server', 'localhost');
  sign(folder, 'client', 'meter');
}

function sign(folder: string, file: string, name: string): void {
  const request = ['-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${name}`];
  openssl(folder, ['req', ...KEY, ...request]);
  writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${name}\n`);
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
  openssl(folder, ['x509', '-req', '-in', `${file}.csr`, ...signing, '-out', `${file}.pem`]);
}

function openssl(folder: string, options: readonly string[]): void {
  execFileSync('openssl', options, { cwd: folder, stdio: 'pipe' });
}
