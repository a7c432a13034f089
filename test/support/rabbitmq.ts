import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './mosquitto';

const FOLDER = '/usr/lib/rabbitmq/bin';
/** Real ms for Erlang to start on a busy machine. */
const PATIENCE = 100_000;

/** Where Debian's package is not installed, nothing of this can be tested. */
export const isRabbitInstalled = existsSync(join(FOLDER, 'rabbitmq-server'));

export interface Rabbit {
  /** Resolves when it is gone. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) kill(child);
});

/**
 * Starts a RabbitMQ of Debian's that speaks MQTT and asks an HTTP backend who may do what. Nothing of the system's own
 * service is touched: node, name server and files are of its own.
 * @param configuration its rabbitmq.conf, with listeners on loopback
 */
export async function startRabbit(configuration: string): Promise<Rabbit> {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-rabbitmq-'));
  const [names, distribution] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'home'));
  const log = ['log.console = true', 'log.file = false'];
  writeFileSync(join(folder, 'rabbitmq.conf'), [configuration, ...log, ''].join('\n'));
  writeFileSync(join(folder, 'plugins'), '[rabbitmq_mqtt,rabbitmq_auth_backend_http].');
  const environment = {
    ...{ PATH: `${FOLDER}:/usr/bin:/bin:/usr/sbin`, HOME: join(folder, 'home') },
    ...{ ERL_EPMD_PORT: `${names}`, ERL_EPMD_ADDRESS: '127.0.0.1' },
    ...{ RABBITMQ_NODENAME: 'm3ter@localhost', RABBITMQ_DIST_PORT: `${distribution}` },
    ...{ RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'), RABBITMQ_LOG_BASE: join(folder, 'log') },
    ...{ RABBITMQ_CONF_ENV_FILE: '/dev/null', RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf') },
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  const nameServer = launch('epmd', ['-port', `${names}`, '-address', '127.0.0.1'], environment);
  const server = launch(join(FOLDER, 'rabbitmq-server'), [], environment);
  await isUp(server);
  return {
    async stop() {
      await end(server);
      await end(nameServer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** In a group of its own, for it starts others. */
function launch(program: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(program, words, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.on('error', () => {});
  running.add(child);
  return child;
}

function kill(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => child.once('close', resolve));
  kill(child);
  await gone;
  running.delete(child);
}

async function isUp(child: ChildProcess): Promise<void> {
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', text => {
      log += text;
    });
  for (let waited = 0; waited < PATIENCE; waited += 50) {
    if (log.includes('Server startup complete')) return;
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`rabbitmq-server: waited in vain for it to start:\n${log}`);
}
