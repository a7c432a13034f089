import type { ContractFunctionArgs, Hex } from 'viem';
import { bytesToHex, pad } from 'viem';
import type { Envelope } from '../../firmware/attest/envelope';
import type { READING, Reading } from '../../firmware/attest/signed-types';
import type { PROOF_ABI } from './abi';

/** A reading with its signature as the proof of impact takes it. */
export type SignedReading = ContractFunctionArgs<typeof PROOF_ABI, 'nonpayable', 'submit'>[0];

export function signedReading({ message, signature }: Envelope<typeof READING>): SignedReading {
  return { reading: readingStruct(message), signature: bytesToHex(signature) };
}

/** A reading in the types that viem has for Solidity's. */
export function readingStruct(reading: Reading): SignedReading['reading'] {
  return {
    m3terId: reading.m3terId,
    sequence: BigInt(reading.sequence),
    timestamp: BigInt(reading.timestamp),
    imported: BigInt(reading.imported),
    exported: BigInt(reading.exported),
    debited: BigInt(reading.debited),
    credited: BigInt(reading.credited),
    withdrawn: BigInt(reading.withdrawn),
    feedIn: BigInt(reading.feedIn),
    status: reading.status,
    telemetry: bytesToHex(reading.telemetry),
    previous: bytesToHex(reading.previous),
  };
}

/** A device's address, 20 bytes, as the registry's key slot holds it: left-padded to 32. */
export function deviceKey(address: Uint8Array): Hex {
  if (address.length !== 20) throw new RangeError(`address: expected 20 bytes, got ${address.length}`);
  return pad(bytesToHex(address), { size: 32 });
}
