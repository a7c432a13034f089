import test from 'ava';
import {
  type Account,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  type Hash,
  hexToBytes,
  type TransactionReceipt,
} from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import { entryEnvelope, signEntry } from '../../firmware/attest/entry';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { readingCodec } from '../../firmware/attest/reading';
import { READING } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { milliwattHours } from '../../firmware/energy';
import type { Registers } from '../../firmware/ledger/state';
import {
  type Anvil,
  type AnvilOptions,
  anvilAccount,
  anvilPath,
  startAnvil,
} from '../../simulator/chain/anvil';
import type { Chain } from '../../simulator/chain/chain';
import {
  type Deployment,
  type DeployOptions,
  deployContracts,
  openContracts,
} from '../../simulator/chain/deploy';
import { deviceKey, type SignedReading, signedReading } from '../../simulator/chain/signed-reading';
import { crypto, key } from './messages';

export const ADMIN = anvilAccount(0);
export const OWNER = anvilAccount(1);
export const BUYER = anvilAccount(2);
export const STRANGER = anvilAccount(3);
export const TREASURY = anvilAccount(4);
export const DEVICE = key(42);
/** Of the stablecoin, or of the reward token */
export const UNIT = 10n ** 18n;

const HAS_ANVIL = anvilPath() !== undefined;

/** A test that needs a chain: skipped where npm has no anvil for the platform. One after the other, as they share it. */
export const chainTest = HAS_ANVIL ? test.serial : test.serial.skip;

/** A chain for the tests of a file. */
export function sharedAnvil(options?: AnvilOptions): () => Anvil {
  let anvil: Anvil | undefined;
  test.before(async () => {
    if (HAS_ANVIL) anvil = await startAnvil(options);
  });
  test.after.always(() => anvil?.stop());
  return () => {
    if (anvil === undefined) throw new Error('anvil: asked for before it was started');
    return anvil;
  };
}

/** The contracts on a chain, new for each test. */
export class ChainRig {
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly domain: SigningDomain;

  static async deploy(chain: Chain, options: Partial<DeployOptions> = {}): Promise<ChainRig> {
    const defaults = { admin: ADMIN, treasury: TREASURY.address };
    return new ChainRig(chain, await deployContracts(chain, { ...defaults, ...options }));
  }

  constructor(chain: Chain, deployment: Deployment) {
    this.chain = chain;
    this.deployment = deployment;
    const registry = hexToBytes(deployment.registry);
    this.domain = new SigningDomain(crypto, { chainId: chain.id, registry });
  }

  as(account: Account) {
    return openContracts(this.chain.as(account), this.deployment);
  }

  /** The contracts for reading. */
  get contracts() {
    return openContracts(this.chain.client, this.deployment);
  }

  /** Waits for what was sent, and sees that it did not revert. */
  async done(hash: Promise<Hash>): Promise<TransactionReceipt> {
    return this.chain.mined(await hash);
  }

  /** A new token for a device. */
  async mint(device: SigningKey = DEVICE, owner: Address = OWNER.address): Promise<bigint> {
    const { registry } = this.as(ADMIN);
    await this.done(registry.write.mint([owner]));
    const m3terId = await registry.read.totalSupply();
    await this.done(registry.write.register([m3terId, deviceKey(device.address)]));
    return m3terId;
  }

  /** Gives the buyer so much of the stablecoin, and lets the protocol take it. */
  async fund(amount: bigint): Promise<void> {
    const { stablecoin } = this.as(BUYER);
    await this.done(stablecoin.write.faucet([amount]));
    await this.done(stablecoin.write.approve([this.deployment.protocol, amount]));
  }
}

export interface ReadingsOptions {
  readonly m3terId: bigint;
  readonly signer?: SigningKey;
  readonly registers?: (sequence: number) => Partial<Record<keyof Registers, number>>;
  readonly first?: number;
}

/** A meter's readings, made by the firmware and read again from the wire; each imports 1 Wh more unless told otherwise. */
export function makeReadings(
  domain: SigningDomain,
  count: number,
  {
    m3terId,
    signer = DEVICE,
    first = 1,
    registers = sequence => ({ imported: 1000 * sequence }),
  }: ReadingsOptions,
): SignedReading[] {
  let previous: Uint8Array = new Uint8Array(32);
  return Array.from({ length: count }, (_, index) => {
    const sequence = first + index;
    const place = { m3terId, sequence, previous };
    const timestamp = 1_800_000_000 + 900 * sequence;
    const content = { timestamp, registers: allRegisters(registers(sequence)), status: 1 };
    const entry = signEntry(readingCodec, domain, signer, place, {
      ...content,
      telemetry: Uint8Array.of(1, 2),
    });
    previous = entry.digest;
    const envelope = entryEnvelope(readingCodec, crypto, place, entry.body);
    const decoded = decodeEnvelope(READING, envelope ?? new Uint8Array());
    if (!decoded.ok) throw new Error(decoded.fault);
    return signedReading(decoded.value);
  });
}

/** A single reading, as if it were the `first` that was ever made. */
export function makeReading(domain: SigningDomain, options: ReadingsOptions): SignedReading {
  const [reading] = makeReadings(domain, 1, options);
  if (reading === undefined) throw new Error('expected a reading, got none');
  return reading;
}

function allRegisters(some: Partial<Record<keyof Registers, number>>): Registers {
  const all = { imported: 0, exported: 0, debited: 0, credited: 0, withdrawn: 0, feedIn: 0, ...some };
  const entries = Object.entries(all).map(([name, energy]) => [name, milliwattHours(energy)]);
  return Object.fromEntries(entries) as Registers;
}

/** The custom error with which a call reverts, as `Name(arguments)`; what else happens, in words. */
export async function revert(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no revert';
  } catch (error) {
    const cause = error instanceof BaseError && error.walk(e => e instanceof ContractFunctionRevertedError);
    if (!(cause instanceof ContractFunctionRevertedError)) return `${error}`;
    return `${cause.data?.errorName ?? cause.reason}(${(cause.data?.args ?? []).join(', ')})`;
  }
}
