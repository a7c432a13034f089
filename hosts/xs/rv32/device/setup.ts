import { fromHex } from '../../../../firmware/bytes';
import type { Crypto } from '../../../../firmware/host';
import type { Result } from '../../../../firmware/result';
import { FLASH_FILES, type FlashState, type Plan, type Span } from '../plan';
import { instructions, MemoryRegion, print } from './machine';

const LEDGER_SIZE = 64 * 1024;

/** What all spans are counted on. */
export interface Setup {
  readonly plan: Plan;
  readonly crypto: Crypto;
  /** The meter's, 32 bytes */
  readonly secret: Uint8Array;
  readonly flash: { readonly ledger: MemoryRegion; readonly log: MemoryRegion };
}

export function setUp(plan: Plan, crypto: Crypto): Setup {
  const secret = fromHex(plan.secret) as Uint8Array;
  const flash = { ledger: new MemoryRegion(0, LEDGER_SIZE), log: new MemoryRegion(1, plan.logSize) };
  return { plan, crypto, secret, flash };
}

/** Puts on flash what a meter has kept there. */
export function load({ flash }: Setup, state: FlashState): void {
  flash.ledger.load(FLASH_FILES[state].ledger);
  flash.log.load(FLASH_FILES[state].log);
}

/** Prints the span's name and the instructions of the action, on a line. */
export function counted<Value>(span: Span, action: () => Value): Value {
  const start = instructions();
  const value = action();
  const end = instructions();
  print(`${span} ${end - start}`);
  return value;
}

/** What is counted must also work. @throws Error when it does not */
export function expect(what: string, isAsExpected: boolean): void {
  if (!isAsExpected) throw new Error(`${what}: expected success`);
}

/** @throws Error for a fault */
export function expectSuccess<Value>(what: string, result: Result<Value, string>): Value {
  if (!result.ok) throw new Error(`${what}: expected success, got ${result.fault}`);
  return result.value;
}
