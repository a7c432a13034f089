import type { Account, Hash } from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import { anvilAccount } from '../../simulator/chain/anvil';
import type { Chain } from '../../simulator/chain/chain';
import { type Deployment, deployContracts, openContracts } from '../../simulator/chain/deploy';
import { deviceKey } from '../../simulator/chain/signed-reading';

/** Of the stablecoin */
const UNIT = 10n ** 18n;
/** More than anybody pays here. */
const FUNDS = 10n ** 9n * UNIT;
/** Of all contracts, and owner of every meter */
const ADMIN = anvilAccount(0);
/** Pays for proofs, and sends nothing else. */
export const SUBMITTER = anvilAccount(1);
/** Pays for energy. */
const BUYER = anvilAccount(2);

/** Registry, protocol and proof, and those who use them. */
export class Contracts {
  readonly deployment: Deployment;
  readonly #chain: Chain;

  static async deploy(chain: Chain): Promise<Contracts> {
    const contracts = new Contracts(chain, await deployContracts(chain, { admin: ADMIN }));
    const { stablecoin } = contracts.#as(BUYER);
    await contracts.#done(stablecoin.write.faucet([FUNDS]));
    await contracts.#done(stablecoin.write.approve([contracts.deployment.protocol, FUNDS]));
    return contracts;
  }

  private constructor(chain: Chain, deployment: Deployment) {
    this.#chain = chain;
    this.deployment = deployment;
  }

  get reading() {
    return openContracts(this.#chain.client, this.deployment);
  }

  /** A new token for a device, with a tariff of a unit for a kWh. */
  async mint(device: SigningKey): Promise<bigint> {
    const { registry, protocol } = this.#as(ADMIN);
    await this.#done(registry.write.mint([ADMIN.address]));
    const m3terId = await registry.read.totalSupply();
    await this.#done(registry.write.register([m3terId, deviceKey(device.address)]));
    await this.#done(protocol.write.setTariff([m3terId, UNIT]));
    return m3terId;
  }

  /** Resolves when it is mined. */
  async pay(m3terId: bigint, kilowattHours: number): Promise<void> {
    await this.#done(this.#as(BUYER).protocol.write.pay([m3terId, BigInt(kilowattHours) * UNIT]));
  }

  #as(account: Account) {
    return openContracts(this.#chain.as(account), this.deployment);
  }

  async #done(hash: Promise<Hash>): Promise<void> {
    await this.#chain.mined(await hash);
  }
}
