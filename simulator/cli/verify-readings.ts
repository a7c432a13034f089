import { addressText } from '../../firmware/attest/address';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { fromHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import { meterTopic } from '../../firmware/link/topics';
import { createCrypto } from '../../hosts/node/crypto';
import { Failure, UsageError } from '../errors';
import { type ReadingFault, type ReadingProblem, ReadingVerifier } from '../reading-verifier';
import { readTextFile } from './files';
import type { Print } from './print';

export interface ReadingsOptions {
  readonly registry: Uint8Array;
  readonly chainId?: number;
  readonly m3terId?: bigint;
  readonly device?: Uint8Array;
  readonly json?: true;
}

interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  readonly topic: string | undefined;
  /** Undefined when it is not whole bytes of hex. */
  readonly envelope: Uint8Array | undefined;
}

interface LineProblem extends ReadingProblem {
  readonly line: number;
  readonly fault: ReadingFault;
}

/** Prints what is wrong with the readings in a file, by line, and a summary. @throws Failure when anything is. */
export function verifyReadings(path: string, options: ReadingsOptions, print: Print): void {
  const lines = parseLines(readTextFile('readings', path));
  const chainId = options.chainId ?? chainOf(lines[0]?.topic);
  if (lines.length === 0) throw new Failure(`${path}: expected a reading a line, got no line`);
  if (chainId === undefined)
    throw new UsageError('expected --chain-id N, or a topic before the first reading, got neither');
  const crypto = createCrypto();
  const domain = new SigningDomain(crypto, { chainId, registry: options.registry });
  const verifier = new ReadingVerifier(domain, options);
  const problems: LineProblem[] = [];
  let repeated = 0;
  for (const line of lines) {
    const verdict = checkLine(verifier, chainId, line);
    if (verdict.repeated) repeated++;
    for (const problem of verdict.problems) problems.push({ line: line.number, ...problem });
  }
  const faulty = new Set(problems.map(problem => problem.line)).size;
  const counts = { readings: lines.length, verified: lines.length - repeated - faulty, repeated };
  report(crypto, verifier, counts, problems, options.json === true, print);
  if (problems.length > 0)
    throw new Failure(`${path}: expected ${lines.length} good readings, got ${faulty} bad among them`);
}

function checkLine(
  verifier: ReadingVerifier,
  chainId: number,
  { topic, envelope }: Line,
): { repeated: boolean; problems: readonly ReadingProblem[] } {
  if (envelope === undefined) return refuse('malformed', '[topic ]hex', 'other text');
  const verdict = verifier.accept(envelope);
  if (topic === undefined || verdict.reading === undefined) return verdict;
  const expected = meterTopic(chainId, verdict.reading.m3terId, 'reading');
  return topic === expected ? verdict : refuse('wrong-meter', `topic ${expected}`, topic);
}

function refuse(fault: ReadingFault, expected: string, got: string) {
  return { repeated: false, problems: [{ fault, expected, got }] };
}

function report(
  crypto: Crypto,
  { m3terId, device, last }: ReadingVerifier,
  counts: { readonly readings: number; readonly verified: number; readonly repeated: number },
  faults: readonly LineProblem[],
  json: boolean,
  print: Print,
): void {
  const signer = device && addressText(crypto, device);
  if (json) {
    const meter = { m3terId: m3terId?.toString(), device: signer, lastSequence: last?.sequence };
    print(JSON.stringify({ valid: faults.length === 0, ...counts, ...meter, faults }));
    return;
  }
  for (const { line, fault, expected, got } of faults)
    print(`line ${line}: ${fault}: expected ${expected}, got ${got}`);
  const again = counts.repeated > 0 ? `, ${counts.repeated} repeated` : '';
  print(
    `${counts.verified} of ${counts.readings} readings verified${again}; M3ter ${m3terId}, device ${signer}`,
  );
}

function parseLines(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((content, index) => {
      const words = content.trim().split(/\s+/);
      const [topic, hex = ''] = words.length === 2 ? words : [undefined, words[0]];
      const envelope = words.length <= 2 ? fromHex(hex) : undefined;
      return { number: index + 1, topic, envelope, blank: content.trim() === '' };
    })
    .filter(line => !line.blank);
}

/** The chain's id in a meter's topic. */
function chainOf(topic: string | undefined): number | undefined {
  const digits = topic && /^m3ter\/(\d{1,15})\//.exec(topic)?.[1];
  return digits ? Number(digits) : undefined;
}
