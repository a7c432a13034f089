import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';
import { Failure } from '../errors';
import { Chain } from './chain';

export interface AnvilOptions {
  /** EIP-155; 31337 when absent, which is nobody's */
  readonly chainId?: number;
  /** s from block to block; absent: a block for each transaction, at once */
  readonly blockTime?: number;
}

/** A chain that lives until it is stopped or this process exits; whoever ends the process by a signal stops it before. */
export class Anvil extends Chain {
  readonly #child: ChildProcess;
  readonly #end: Promise<void>;

  constructor(url: string, chainId: number, child: ChildProcess) {
    super(url, chainId);
    this.#child = child;
    this.#end = new Promise(resolve => {
      child.once('close', () => resolve());
    });
  }

  /** Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#end;
  }
}

/** Known to everybody, as the accounts that anvil gives 10,000 coins each: worth nothing on any other chain. */
const MNEMONIC = 'test test test test test test test test test test test junk';
const ANVIL_ACCOUNTS = 10;
/** ms until it listens */
const START_TIMEOUT = 20_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One of the accounts that have coins, 0 to 9. The same on each such chain. */
export function anvilAccount(index: number): HDAccount {
  if (!Number.isInteger(index) || index < 0 || index >= ANVIL_ACCOUNTS)
    throw new RangeError(`index: expected 0 to ${ANVIL_ACCOUNTS - 1}, got ${index}`);
  return mnemonicToAccount(MNEMONIC, { addressIndex: index });
}

/** The program for this platform, from npm; undefined where there is none. */
export function anvilPath(): string | undefined {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const program = process.platform === 'win32' ? 'anvil.exe' : 'anvil';
  try {
    const { resolve } = createRequire(import.meta.url);
    const path = resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/${program}`);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts a chain of our own on loopback, on a free port; resolves when it answers.
 * @throws Failure when the program is missing, ends, or does not listen in time
 */
export async function startAnvil({ chainId = 31337, blockTime }: AnvilOptions = {}): Promise<Anvil> {
  const path = anvilPath();
  if (path === undefined)
    throw new Failure(`anvil: expected its npm package for ${process.platform} ${process.arch}, got none`);
  const address = ['--host', '127.0.0.1', '--port', '0', '--chain-id', `${chainId}`];
  const accounts = ['--mnemonic', MNEMONIC, '--accounts', `${ANVIL_ACCOUNTS}`];
  const mining = blockTime === undefined ? [] : ['--block-time', `${blockTime}`];
  const child = spawn(path, [...address, ...accounts, ...mining], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return new Anvil(await listening(child), chainId, child);
}

/** The URL at which it says that it listens. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Failure(`anvil: ${why}\n${said}`));
    };
    const timer = setTimeout(() => fail('waited in vain for it to listen'), START_TIMEOUT);
    child.once('error', error => fail(error.message));
    child.once('close', code => fail(`ended with ${code} before it listened`));
    child.stderr?.on('data', text => {
      said += text;
    });
    child.stdout?.on('data', text => {
      said += text;
      const address = /^Listening on (127\.0\.0\.1:\d+)\r?\n/m.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      // from here on nobody listens to what it says, which must not pile up
      child.stdout?.removeAllListeners('data').resume();
      child.stderr?.removeAllListeners('data').resume();
      resolve(`http://${address}`);
    });
  });
}
