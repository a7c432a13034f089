import { entryEnvelope, signEntry } from '../../firmware/attest/entry';
import { type ReadingContent, readingCodec } from '../../firmware/attest/reading';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import { crypto, key, REGISTRY } from './messages';

export const CHAIN_ID = 100;
export const M3TER_ID = 7n;
export const domain = new SigningDomain(crypto, { chainId: CHAIN_ID, registry: REGISTRY });
export const device = key(42);

const NOTHING: MilliwattHours = milliwattHours(0);

export function content(imported: number): ReadingContent {
  const energy = milliwattHours(imported);
  const registers = { imported: energy, debited: energy, exported: NOTHING, credited: NOTHING };
  return {
    timestamp: 1_800_000_000 + imported,
    registers: { ...registers, withdrawn: NOTHING, feedIn: NOTHING },
    status: 1,
    telemetry: Uint8Array.of(1, 2, 3),
  };
}

/** Envelopes of a meter's first readings, chained; each imports 1 Wh more unless told otherwise. */
export function makeReadings(
  count: number,
  { signer = device, imported = (sequence: number) => 1000 * sequence, within = domain } = {},
): Uint8Array[] {
  let previous: Uint8Array = new Uint8Array(32);
  return Array.from({ length: count }, (_, index) => {
    const place = { m3terId: M3TER_ID, sequence: index + 1, previous };
    const { body, digest } = signEntry(readingCodec, within, signer, place, content(imported(index + 1)));
    previous = digest;
    return entryEnvelope(readingCodec, crypto, place, body) as Uint8Array;
  });
}
