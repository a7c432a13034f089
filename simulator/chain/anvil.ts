import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Address, toHex } from 'viem';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';
import { Failure } from '../errors';
import { Chain } from './chain';

export interface AnvilOptions {
  /** EIP-155; 31337 when absent, which is nobody's */
  readonly chainId?: number;
  /** s from block to block; absent: a block for each transaction, at once */
  readonly blockTime?: number;
  /** Unix seconds of the first block, from where on each is a second later, unless told; absent: the computer's time */
  readonly genesis?: number;
}

/** A chain that lives until it is stopped or this process is gone, be it by SIGKILL (on Windows: unless by SIGKILL). */
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

  /** Dates the next block so, unless the one before is as late: then it follows that by a second. @param time Unix seconds */
  async setNextTimestamp(time: number): Promise<void> {
    const { timestamp } = await this.client.getBlock();
    if (timestamp < time) await this.#request('evm_setNextBlockTimestamp', time);
  }

  /** s from block to block where nothing else is said */
  async setTimestampInterval(seconds: number): Promise<void> {
    await this.#request('anvil_setBlockTimestampInterval', seconds);
  }

  /** @param amount of the chain's coins, in the smallest unit */
  async setBalance(address: Address, amount: bigint): Promise<void> {
    await this.#request('anvil_setBalance', address, toHex(amount));
  }

  /** Resolves when it is gone. */
  async stop(): Promise<void> {
    end(this.#child);
    await this.#end;
  }

  /** Anvil's own methods, which viem's types do not have here. */
  async #request(method: string, ...params: unknown[]): Promise<void> {
    await this.client.request({ method, params } as never);
  }
}

/** Known to everybody, as the accounts that anvil gives 10,000 coins each: worth nothing on any other chain. */
const MNEMONIC = 'test test test test test test test test test test test junk';
const ANVIL_ACCOUNTS = 10;
/** ms until it listens */
const START_TIMEOUT = 20_000;

/**
 * Runs the program given as arguments until it ends or our end of the pipe on standard input does: the kernel closes that
 * when this process is gone, whatever ended it.
 */
const GUARD = `
exec 3<&0 </dev/null
"$@" 3<&- & anvil=$!
{ cat <&3; kill -9 $anvil; } >/dev/null 2>&1 &
exec 3<&-
wait $anvil`;

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
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const { chainId = 31337, blockTime, genesis } = options;
  const path = anvilPath();
  if (path === undefined)
    throw new Failure(`anvil: expected its npm package for ${process.platform} ${process.arch}, got none`);
  const address = ['--host', '127.0.0.1', '--port', '0', '--chain-id', `${chainId}`];
  const accounts = ['--mnemonic', MNEMONIC, '--accounts', `${ANVIL_ACCOUNTS}`];
  const mining = blockTime === undefined ? [] : ['--block-time', `${blockTime}`];
  const dating = genesis === undefined ? [] : ['--timestamp', `${genesis}`];
  const child = spawnGuarded([path, ...address, ...accounts, ...mining, ...dating]);
  const anvil = new Anvil(await listening(child), chainId, child);
  if (genesis !== undefined) await anvil.setTimestampInterval(1);
  return anvil;
}

function spawnGuarded([program = '', ...words]: readonly string[]): ChildProcess {
  // detached: Ctrl-C is for this process, which may still have use for the chain
  if (process.platform !== 'win32')
    return spawn('sh', ['-c', GUARD, 'sh', program, ...words], { detached: true });
  const child = spawn(program, words);
  const kill = () => child.kill();
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return child;
}

function end(child: ChildProcess): void {
  if (process.platform === 'win32') child.kill();
  else child.stdin?.destroy();
}

/** The URL at which it says that it listens. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      end(child);
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
