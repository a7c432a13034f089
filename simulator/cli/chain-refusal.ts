import {
  BaseError,
  ContractFunctionExecutionError,
  ContractFunctionZeroDataError,
  type Hex,
  keccak256,
  toBytes,
} from 'viem';
import { type Revert, revertOf } from '../chain/revert';
import { Failure } from '../errors';
import { failureReason } from '../gateway/failure-reason';

/** Each error of the contracts that a command can meet, by its name, in words. */
const WORDS: Readonly<Record<string, (...args: never[]) => string>> = {
  AccessControlUnauthorizedAccount: (account: string, role: Hex) =>
    `expected the key of an account that has ${roleName(role)}, got that of ${account}`,
  EmptyKey: () => "expected a device's key, got none but zeros",
  ERC721InvalidReceiver: (receiver: string) =>
    `expected an account, or a contract that takes tokens, got ${receiver}`,
  ERC721NonexistentToken: (tokenId: bigint) => `M3ter ${tokenId}: expected one that was minted, got none`,
  KeyTaken: (_key: Hex, tokenId: bigint) => `expected a key that no M3ter has, got that of M3ter ${tokenId}`,
  NotForSale: (tokenId: bigint) => `M3ter ${tokenId}: expected a price, got none: its owner does not sell`,
  NotOwner: (tokenId: bigint, caller: string) =>
    `M3ter ${tokenId}: expected the key of its owner, got that of ${caller}`,
  NothingBought: (tokenId: bigint) => `M3ter ${tokenId}: expected an amount that buys a mWh, got less`,
  NothingToClaim: (account: string) => `expected an account with revenue, got ${account}, which has none`,
  SafeCastOverflowedUintDowncast: () => 'expected an amount that a meter can count, got more',
  ShortPayment: () => 'expected a coin of which all arrives that is paid, got one that keeps a part',
  TariffTooHigh: (tokenId: bigint) =>
    `M3ter ${tokenId}: expected the price to stay, got a higher one meanwhile`,
};

const ROLES: readonly string[] = ['MINTER_ROLE', 'REGISTRAR_ROLE'];

/** Why a contract refuses, in a line. */
export function refusalText({ name, args }: Revert): string {
  const words = WORDS[name] as ((...args: unknown[]) => string) | undefined;
  return words?.(...args) ?? `expected contracts that take it, got ${[name, ...args].join(' ')}`;
}

/** What went wrong on the chain as a Failure, without the URL, which can hold a secret; any other error as it is. */
export function chainError(error: unknown): unknown {
  const revert = revertOf(error);
  if (revert !== undefined) return new Failure(refusalText(revert));
  if (!(error instanceof BaseError)) return error;
  const call = error instanceof ContractFunctionExecutionError ? error : undefined;
  if (call !== undefined && call.walk(cause => cause instanceof ContractFunctionZeroDataError) !== null)
    return new Failure(
      `${call.contractAddress}: expected a contract that knows ${call.functionName}, got none`,
    );
  return new Failure(`--rpc: expected a node that answers rightly, got ${failureReason(error)}`);
}

function roleName(role: Hex): string {
  return ROLES.find(name => keccak256(toBytes(name)) === role) ?? 'DEFAULT_ADMIN_ROLE';
}
