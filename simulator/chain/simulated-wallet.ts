import { type LocalAccount, maxUint256, type TransactionReceipt } from 'viem';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import type { Chain } from './chain';
import { type Deployment, openContracts } from './deploy';

/** The stablecoin's and the reward token's unit, in their smallest one. */
export const UNIT = 10n ** 18n;
/** Of the stablecoin: what a household has to begin with, and gets again whenever a price is more than it has. */
const WAGE = 100n * UNIT;
const MILLIWATT_HOURS = 1_000_000n;

/** What so much energy costs, rounded up so that it buys no less. @param tariff of a kWh, in the stablecoin's smallest unit */
export function priceOf(energy: MilliwattHours, tariff: bigint): bigint {
  return (BigInt(energy) * tariff + MILLIWATT_HOURS - 1n) / MILLIWATT_HOURS;
}

/** What so much money buys, as the protocol reckons. */
export function energyFor(amount: bigint, tariff: bigint): MilliwattHours {
  return milliwattHours(Number((amount * MILLIWATT_HOURS) / tariff));
}

/** A household's money, on a chain whose stablecoin has a faucet: only it spends, so it knows what there is. */
export class SimulatedWallet {
  readonly #contracts: ReturnType<typeof walletContracts>;
  readonly #chain: Chain;
  readonly #protocol: Deployment['protocol'];
  #balance = 0n;

  private constructor(chain: Chain, account: LocalAccount, deployment: Deployment) {
    this.#chain = chain;
    this.#contracts = walletContracts(chain, account, deployment);
    this.#protocol = deployment.protocol;
  }

  /** With a wage in it, of which the protocol may take all that is ever to be paid. */
  static async open(chain: Chain, account: LocalAccount, deployment: Deployment): Promise<SimulatedWallet> {
    const wallet = new SimulatedWallet(chain, account, deployment);
    const { stablecoin } = wallet.#contracts;
    await chain.mined(await stablecoin.write.approve([wallet.#protocol, maxUint256]));
    await wallet.#earn(WAGE);
    return wallet;
  }

  /** In the stablecoin's smallest unit. */
  get balance(): bigint {
    return this.#balance;
  }

  /** Buys energy for a meter; resolves when that is mined. @throws Error when the contract refuses */
  async pay(m3terId: bigint, amount: bigint): Promise<TransactionReceipt> {
    if (amount > this.#balance) await this.#earn(amount > WAGE ? amount : WAGE);
    const receipt = await this.#chain.mined(await this.#contracts.protocol.write.pay([m3terId, amount]));
    this.#balance -= amount;
    return receipt;
  }

  async #earn(amount: bigint): Promise<void> {
    await this.#chain.mined(await this.#contracts.stablecoin.write.faucet([amount]));
    this.#balance += amount;
  }
}

function walletContracts(chain: Chain, account: LocalAccount, deployment: Deployment) {
  return openContracts(chain.as(account), deployment);
}
