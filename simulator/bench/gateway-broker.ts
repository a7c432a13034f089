import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** As the README has it for a gateway: by itself mosquitto sends 20 messages ahead of their PUBACK and drops after 1,000. */
const SETTINGS = ['max_inflight_messages 0', 'max_queued_messages 100000', 'persistence false'];
/** Debian has it where only root looks. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
/** ms */
const PATIENCE = 10_000;
const LOOK = 20;

/** A broker in a process of its own, on loopback. */
export interface BenchBroker {
  readonly url: string;
  /** Resolves when it is gone. */
  stop(): Promise<void>;
}

/** Whether Debian's mosquitto is installed. */
export function hasMosquitto(): boolean {
  return spawnSync('mosquitto', ['-h'], { env: ENVIRONMENT }).error === undefined;
}

/** Resolves when it accepts connections. @throws Error when it does not in time */
export async function startBroker(): Promise<BenchBroker> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-bench-broker-'));
  const path = join(folder, 'mosquitto.conf');
  // started by root it would become a user of its own
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', `user ${userInfo().username}`];
  writeFileSync(path, [...lines, ...SETTINGS, ''].join('\n'));
  const child = spawn('mosquitto', ['-c', path], { env: ENVIRONMENT, stdio: 'ignore' });
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let waited = 0; !(await accepts(port)); waited += LOOK) {
    if (waited > PATIENCE) {
      await stop();
      throw new Error(`mosquitto: waited ${PATIENCE} ms in vain for it to accept connections`);
    }
    await sleep(LOOK);
  }
  return { url: `mqtt://127.0.0.1:${port}`, stop };
}

/** Ends a process that we started. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGTERM');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
