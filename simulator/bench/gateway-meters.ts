import { bytesToHex, encodeFunctionData, type Hash, type Hex, hexToBytes, keccak256, toHex } from 'viem';
import { type SigningKey, signingKey } from '../../firmware/attest/device-key';
import { entryEnvelope, signEntry } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { milliwattHours } from '../../firmware/energy';
import { createCrypto } from '../../hosts/node/crypto';
import { M3TER_ABI } from '../chain/abi';
import { type Anvil, anvilAccount } from '../chain/anvil';
import { type Deployment, deployContracts } from '../chain/deploy';
import { deviceKey } from '../chain/signed-reading';
import { withNativeSignatures } from '../native-signatures';
import { expectSuccess } from './bench-meter';

const crypto = withNativeSignatures(createCrypto());
const ADMIN = anvilAccount(0);
/** Unix seconds */
const START = 1_800_000_000;
const INTERVAL = 900;
/** mWh from reading to reading */
const USED = 50_000;
/** Of a transaction that mints or registers */
const GAS = 300_000;
/** Of a block of anvil's */
const BLOCK_GAS = 30_000_000;

/** A private key for a number: worth nothing. */
export function benchKey(number: number): SigningKey {
  return expectSuccess('key', signingKey(crypto, hexToBytes(keccak256(toHex(number)))));
}

/** Contracts with so many meters in the registry. */
export interface MeteredChain {
  readonly deployment: Deployment;
  readonly meters: readonly BenchReadings[];
}

/** Deploys, mints and registers. */
export async function registerMeters(chain: Anvil, count: number): Promise<MeteredChain> {
  const deployment = await deployContracts(chain, { admin: ADMIN });
  const domain = new SigningDomain(crypto, { chainId: chain.id, registry: hexToBytes(deployment.registry) });
  const meters = Array.from(
    { length: count },
    (_, k) => new BenchReadings(domain, BigInt(k + 1), benchKey(k)),
  );
  const request = (method: string, ...params: unknown[]): Promise<Hash> =>
    chain.client.request({ method, params } as never);
  // anvil signs for its own accounts
  const send = (data: Hex) =>
    request('eth_sendTransaction', { from: ADMIN.address, to: deployment.registry, data, gas: toHex(GAS) });
  let last: Hash | undefined;
  await request('evm_setAutomine', false);
  for (const { m3terId, device } of meters) {
    await send(encodeFunctionData({ abi: M3TER_ABI, functionName: 'mint', args: [ADMIN.address] }));
    const args = [m3terId, deviceKey(device.address)] as const;
    last = await send(encodeFunctionData({ abi: M3TER_ABI, functionName: 'register', args }));
  }
  await request('anvil_mine', toHex(Math.ceil((2 * count * GAS) / BLOCK_GAS) + 1));
  await request('evm_setAutomine', true);
  if (last !== undefined) await chain.mined(last);
  return { deployment, meters };
}

/** A meter's readings, one after the other, in the firmware's own form. */
export class BenchReadings {
  readonly m3terId: bigint;
  readonly device: SigningKey;
  readonly #domain: SigningDomain;
  #sequence = 0;
  #previous: Uint8Array = new Uint8Array(32);

  constructor(domain: SigningDomain, m3terId: bigint, device: SigningKey) {
    this.#domain = domain;
    this.m3terId = m3terId;
    this.device = device;
  }

  /** As it is on the wire. */
  next(): Uint8Array {
    const place = { m3terId: this.m3terId, sequence: ++this.#sequence, previous: this.#previous };
    const nothing = milliwattHours(0);
    const imported = milliwattHours(USED * this.#sequence);
    const { body, digest } = signEntry(readingCodec, this.#domain, this.device, place, {
      timestamp: START + INTERVAL * this.#sequence,
      registers: {
        imported,
        debited: imported,
        exported: nothing,
        credited: nothing,
        withdrawn: nothing,
        feedIn: nothing,
      },
      status: 1,
      telemetry: new Uint8Array(),
    });
    this.#previous = digest;
    return entryEnvelope(readingCodec, crypto, place, body) as Uint8Array;
  }
}

/** As a file for `m3ter gateway` has it. */
export function keyText({ privateKey }: SigningKey): string {
  return bytesToHex(privateKey);
}
