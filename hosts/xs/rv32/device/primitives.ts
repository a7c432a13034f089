import { fromHex } from '../../../../firmware/bytes';
import { Kernel } from '../../../../firmware/metrology/kernel';
import { DIGEST_BYTE, KERNEL_PAIRS } from '../plan';
import { counted, expect, type Setup } from './setup';

const MESSAGE = new Uint8Array(150);
const DIGEST = new Uint8Array(32).fill(DIGEST_BYTE);

/** Sample pairs in a mains cycle */
const PERIOD = 80;
/** µs */
const SAMPLE_PERIOD = 250;

export function keccak256({ crypto, plan: { runs } }: Setup): void {
  for (let k = 0; k < runs; k++) counted('keccak256', () => crypto.keccak256(MESSAGE));
}

export function sha256({ crypto, plan: { runs } }: Setup): void {
  for (let k = 0; k < runs; k++) counted('sha256', () => crypto.sha256(MESSAGE));
}

export function sign({ crypto, secret, plan: { runs } }: Setup): void {
  for (let k = 0; k < runs; k++) counted('sign', () => crypto.sign(DIGEST, secret));
}

export function recover({ crypto, plan: { runs, signature } }: Setup): void {
  const bytes = fromHex(signature) as Uint8Array;
  for (let k = 0; k < runs; k++) {
    const signer = counted('recover', () => crypto.recover(DIGEST, bytes));
    expect('signer', signer !== undefined);
  }
}

/** The kernel in TypeScript, a block of one phase: triangles, which cross as sines do. */
export function kernel({ plan: { runs } }: Setup): void {
  const sampler = new Kernel({ phases: 1, startTime: 0 }, () => {});
  const block = new Uint16Array(2 * KERNEL_PAIRS);
  for (let k = 0; k < KERNEL_PAIRS; k++) {
    const level = Math.min(k % PERIOD, PERIOD - (k % PERIOD));
    block.set([600 + 72 * level, 1800 + 12 * level], 2 * k);
  }
  for (let k = 1; k <= runs; k++)
    counted('kernel', () => sampler.add(block, KERNEL_PAIRS, k * KERNEL_PAIRS * SAMPLE_PERIOD));
}
