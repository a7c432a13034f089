import { type Address, bytesToHex, encodeFunctionData, type Hex } from 'viem';
import { M3TER_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';
import { gasLimit } from '../chain/gas-limit';
import { refusalOf } from '../chain/revert';
import { readKeySlot } from './key-slots';
import type { LinkClaim, LinkDesk } from './link-desk';
import type { Notify } from './notice';
import type { Outcome, TransactionJournal } from './transaction-journal';

export interface LinkerOptions {
  readonly links: LinkDesk;
  readonly chain: Chain;
  readonly registry: Address;
  readonly journal: TransactionJournal;
  /** Who pays, and whom the registry may let link. */
  readonly submitter: Address;
  readonly notify: Notify;
}

/** Puts devices that claim a token into its empty key slot, where the registry lets our account. */
export class Linker {
  readonly #options: LinkerOptions;

  constructor(options: LinkerOptions) {
    this.#options = options;
  }

  /** @throws viem's error when the node fails: ask again */
  async link(): Promise<void> {
    for (const claim of this.#options.links.claims) {
      const { notify, journal, links } = this.#options;
      // whoever has registered a device meanwhile is not overruled
      if (!(await this.#isVacant(claim))) {
        await links.refresh([claim.m3terId]);
        continue;
      }
      const gas = await this.#estimate(claim);
      if (gas === undefined) continue;
      const call = { to: this.#options.registry, data: linkCall(claim), gas: gasLimit(gas) };
      if (!(await journal.send(call, { link: claim.m3terId })))
        return notify({ code: 'gas-too-dear', detail: `the link of M3ter ${claim.m3terId} waits` });
      const outcome = await journal.outcome();
      if (outcome !== undefined) await this.note(claim.m3terId, outcome.receipt);
    }
  }

  /** A transaction of ours was mined, in vain perhaps, or never will be: the registry tells. */
  async note(m3terId: bigint, receipt: Outcome['receipt']): Promise<void> {
    const { links, journal, notify } = this.#options;
    await journal.close([]);
    if (receipt !== 'lost' && receipt.status === 'success') notify({ code: 'link-mined', m3terId });
    await links.refresh([m3terId]);
  }

  async #isVacant({ m3terId }: LinkClaim): Promise<boolean> {
    const { chain, registry } = this.#options;
    return (await readKeySlot(chain, registry, m3terId)) === 'none';
  }

  /** Undefined where the registry refuses, which the claim then does not survive. */
  async #estimate(claim: LinkClaim): Promise<bigint | undefined> {
    const { links, chain, registry, submitter, notify } = this.#options;
    try {
      return await chain.client.estimateGas({ account: submitter, to: registry, data: linkCall(claim) });
    } catch {
      // the call tells by name what the estimate may not
      const error = await this.#refusal(claim);
      links.drop(claim);
      notify({ code: 'link-not-allowed', m3terId: claim.m3terId, detail: error });
      return undefined;
    }
  }

  /** @throws viem's error when it is the node that fails */
  async #refusal(claim: LinkClaim): Promise<string> {
    const { chain, registry, submitter } = this.#options;
    const simulation = chain.client.simulateContract({
      account: submitter,
      address: registry,
      abi: M3TER_ABI,
      functionName: 'link',
      args: linkArguments(claim),
    });
    const refusal = await refusalOf(simulation);
    if (refusal !== undefined) return refusal.name;
    throw new Error(`link: expected the registry to refuse M3ter ${claim.m3terId} as before, got a consent`);
  }
}

function linkCall(claim: LinkClaim): Hex {
  return encodeFunctionData({ abi: M3TER_ABI, functionName: 'link', args: linkArguments(claim) });
}

function linkArguments({ m3terId, device, signature }: LinkClaim): readonly [bigint, Address, Hex] {
  return [m3terId, bytesToHex(device), bytesToHex(signature)];
}
