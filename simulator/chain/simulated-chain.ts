import { hexToBytes, toHex } from 'viem';
import { type LocalAccount, privateKeyToAccount } from 'viem/accounts';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { Registry } from '../../firmware/attest/signing-domain';
import { Anvil, anvilAccount, startAnvil } from './anvil';
import { type Chain, connectChain } from './chain';
import { type Deployment, deployContracts, openContracts } from './deploy';
import { SimulatedWallet, UNIT } from './simulated-wallet';

/** A chain of the simulation's own, on this computer. */
export interface EmbeddedChain {
  /** EIP-155; 31337 when absent */
  readonly chainId?: number;
}

/** Any other, by its URL. */
export interface ForeignChain {
  readonly rpc: string;
  /** Deploys the contracts, owns the tokens, pays for all: it needs the chain's coins. */
  readonly key: SigningKey;
}

export interface SimulatedChainOptions {
  /** Owns the tokens, on an embedded chain. */
  readonly owner: SigningKey;
  /** Of each household in turn, on an embedded chain. */
  readonly households: readonly SigningKey[];
  /** Unix seconds, simulated, before which nothing happens but that contracts are deployed and meters minted */
  readonly start: number;
}

/** Of a kWh, to begin with: a quarter of the stablecoin's unit. */
const TARIFF = UNIT / 4n;
/** s for setting all up, each block a second */
const SET_UP_TIME = 86_400;
/** Of the chain's coins: for more transactions than any simulation has */
const COINS = 10_000n * UNIT;

/** Who does what on the chain. */
interface Cast {
  /** Deploys the contracts, mints tokens. */
  readonly admin: LocalAccount;
  /** Holds the tokens, sets the tariff. */
  readonly owner: LocalAccount;
  /** Sends the gateway's transactions. */
  readonly submitter: LocalAccount;
  readonly households: readonly LocalAccount[];
}

/** The chain of a simulated world: contracts, a token for each meter, 1 and up, and households with money. */
export class SimulatedChain {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** Sends the gateway's transactions; may put keys into the registry. */
  readonly submitter: LocalAccount;
  readonly #owner: LocalAccount;
  /** By m3terId − 1. */
  readonly #wallets: readonly SimulatedWallet[];
  /** By m3terId, of those that are not as in the beginning. */
  readonly #tariffs = new Map<bigint, bigint>();

  private constructor(
    chain: Chain,
    deployment: Deployment,
    { owner, submitter }: Pick<Cast, 'owner' | 'submitter'>,
    wallets: readonly SimulatedWallet[],
  ) {
    this.chain = chain;
    this.deployment = deployment;
    this.submitter = submitter;
    this.#owner = owner;
    this.#wallets = wallets;
  }

  /** @throws Failure when an embedded chain does not start, viem's errors when another one does not do what it is to */
  static async open(
    choice: EmbeddedChain | ForeignChain,
    options: SimulatedChainOptions,
  ): Promise<SimulatedChain> {
    if ('rpc' in choice) {
      const account = accountOf(choice.key);
      const households = options.households.map(() => account);
      const cast = { admin: account, owner: account, submitter: account, households };
      return SimulatedChain.#set(await connectChain(choice.rpc), cast);
    }
    const anvil = await startAnvil({ ...choice, genesis: options.start - SET_UP_TIME });
    try {
      return await SimulatedChain.#set(anvil, await embeddedCast(anvil, options));
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }

  static async #set(chain: Chain, cast: Cast): Promise<SimulatedChain> {
    const { admin, owner, submitter, households } = cast;
    const deployment = await deployContracts(chain, { admin });
    const { registry } = openContracts(chain.as(admin), deployment);
    const { protocol } = openContracts(chain.as(owner), deployment);
    const registrar = await registry.read.REGISTRAR_ROLE();
    await chain.mined(await registry.write.grantRole([registrar, submitter.address]));
    const wallets: SimulatedWallet[] = [];
    for (const household of households) {
      await chain.mined(await registry.write.mint([owner.address]));
      wallets.push(await SimulatedWallet.open(chain, household, deployment));
      await chain.mined(await protocol.write.setTariff([BigInt(wallets.length), TARIFF]));
    }
    return new SimulatedChain(chain, deployment, cast, wallets);
  }

  /** What the contract asks for a kWh, in the stablecoin's smallest unit. */
  tariffOf(m3terId: bigint): bigint {
    return this.#tariffs.get(m3terId) ?? TARIFF;
  }

  /**
   * The token's owner changes the price; resolves when that is mined.
   * @param tariff of a kWh, in the stablecoin's smallest unit
   * @throws Error when the contract refuses
   */
  async setTariff(m3terId: bigint, tariff: bigint): Promise<void> {
    const { protocol } = openContracts(this.chain.as(this.#owner), this.deployment);
    await this.chain.mined(await protocol.write.setTariff([m3terId, tariff]));
    this.#tariffs.set(m3terId, tariff);
  }

  get m3terIds(): bigint[] {
    return this.#wallets.map((_, index) => BigInt(index + 1));
  }

  /** As meters know it. */
  get registry(): Registry {
    return { chainId: this.chain.id, registry: hexToBytes(this.deployment.registry) };
  }

  /** @throws RangeError when there is no such meter */
  wallet(m3terId: bigint): SimulatedWallet {
    const wallet = this.#wallets[Number(m3terId) - 1];
    if (wallet === undefined)
      throw new RangeError(`m3terId: expected 1 to ${this.#wallets.length}, got ${m3terId}`);
    return wallet;
  }

  /** What is sent from now on is mined at this time, where the chain is ours. @param time Unix seconds, simulated */
  async setTime(time: number): Promise<void> {
    if (this.chain instanceof Anvil) await this.chain.setNextTimestamp(Math.floor(time));
  }

  /** Ends an embedded chain; another one goes on. */
  async close(): Promise<void> {
    if (this.chain instanceof Anvil) await this.chain.stop();
  }
}

async function embeddedCast(anvil: Anvil, options: SimulatedChainOptions): Promise<Cast> {
  const owner = accountOf(options.owner);
  const households = options.households.map(accountOf);
  for (const { address } of [owner, ...households]) await anvil.setBalance(address, COINS);
  return { admin: anvilAccount(0), owner, submitter: anvilAccount(1), households };
}

function accountOf({ privateKey }: SigningKey): LocalAccount {
  return privateKeyToAccount(toHex(privateKey));
}
