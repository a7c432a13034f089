import { addressText } from '../../firmware/attest/address';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { Crypto } from '../../firmware/host';
import { meterTopic } from '../../firmware/link/topics';
import { createCrypto } from '../../hosts/node/crypto';
import { Failure, UsageError } from '../errors';
import { type ReadingFault, type ReadingProblem, ReadingVerifier } from '../reading-verifier';
import { readTextFile } from './files';
import type { Print } from './print';
import { bySequence, type ReadingLine, readingLines } from './reading-lines';

export interface ReadingsOptions {
  readonly registry: Uint8Array;
  readonly chainId?: number;
  readonly m3terId?: bigint;
  readonly device?: Uint8Array;
  readonly json?: true;
}

interface LineProblem extends ReadingProblem {
  readonly line: number;
  readonly fault: ReadingFault;
}

/**
 * Prints what is wrong with the readings in a file, by line, and a summary. They are judged in the order of their numbers: a
 * meter says older ones again after newer, and a log may begin in between.
 * @throws Failure when anything is wrong
 */
export function verifyReadings(path: string, options: ReadingsOptions, print: Print): void {
  const lines = readingLines(readTextFile('readings', path), options.m3terId);
  const chainId = options.chainId ?? chainOf(lines[0]?.topic);
  if (lines.length === 0) throw new Failure(`${path}: expected a reading a line, got no line`);
  if (chainId === undefined)
    throw new UsageError('expected --chain-id N, or a topic before the first reading, got neither');
  const crypto = createCrypto();
  const domain = new SigningDomain(crypto, { chainId, registry: options.registry });
  const verifier = new ReadingVerifier(domain, identityOf(domain, options, lines));
  const problems: LineProblem[] = [];
  let repeated = 0;
  for (const line of bySequence(lines)) {
    const verdict = checkLine(verifier, chainId, line);
    if (verdict.repeated) repeated++;
    for (const problem of verdict.problems) problems.push({ line: line.number, ...problem });
  }
  problems.sort((one, other) => one.line - other.line);
  const faulty = new Set(problems.map(problem => problem.line)).size;
  const counts = { readings: lines.length, verified: lines.length - repeated - faulty, repeated };
  report(crypto, verifier, counts, problems, options.json === true, print);
  if (problems.length > 0)
    throw new Failure(`${path}: expected ${lines.length} good readings, got ${faulty} bad among them`);
}

/** Whose they must be, and who must have signed them: what is not given, the first good line tells. */
function identityOf(domain: SigningDomain, options: ReadingsOptions, lines: readonly ReadingLine[]) {
  const verifier = new ReadingVerifier(domain, options);
  for (const { envelope } of lines) {
    if (verifier.device !== undefined && verifier.m3terId !== undefined) break;
    if (envelope !== undefined) verifier.accept(envelope);
  }
  return { m3terId: verifier.m3terId, device: verifier.device };
}

function checkLine(
  verifier: ReadingVerifier,
  chainId: number,
  { topic, envelope }: ReadingLine,
): { repeated: boolean; problems: readonly ReadingProblem[] } {
  if (envelope === undefined) return refuse('malformed', '[[time ]topic ]hex', 'other text');
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

/** The chain's id in a meter's topic. */
function chainOf(topic: string | undefined): number | undefined {
  const digits = topic && /^m3ter\/(\d{1,15})\//.exec(topic)?.[1];
  return digits ? Number(digits) : undefined;
}
