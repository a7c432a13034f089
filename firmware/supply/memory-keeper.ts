import type { Ledger } from '../ledger/ledger';
import { INITIAL_MEMORY, type SupplyMemory } from '../ledger/supply-memory';

type Changeable = { -readonly [name in keyof SupplyMemory]: SupplyMemory[name] };

/** What supply remembers: it changes at once, and is put on flash when the relay has moved. */
export class MemoryKeeper {
  readonly now: Changeable;
  /** There is something to be put on flash. */
  isChanged = false;
  readonly #ledger: Ledger | undefined;

  /** @param ledger undefined when it could not be restored: nothing is kept, and nothing supplied */
  constructor(ledger: Ledger | undefined) {
    this.#ledger = ledger;
    this.now = { ...(ledger?.supplyMemory ?? INITIAL_MEMORY) };
  }

  set<Name extends keyof SupplyMemory>(name: Name, value: SupplyMemory[Name]): void {
    if (this.now[name] === value) return;
    (this.now as SupplyMemory as { [name in Name]: SupplyMemory[Name] })[name] = value;
    this.isChanged = true;
  }

  /** The ledger was changed by somebody else. */
  reload(): void {
    Object.assign(this.now, this.#ledger?.supplyMemory);
    this.isChanged = false;
  }

  /** On a fault of the flash the ledger says so itself: supply is cut, and what changed goes with its next record. */
  flush(): void {
    this.isChanged = false;
    this.#ledger?.remember(this.now);
  }

  /** Durable before it is done: false when the flash failed, and then nothing changed. */
  commit(change: Partial<SupplyMemory>): boolean {
    const before = { ...this.now };
    if (this.#ledger?.remember({ ...before, ...change }) !== true) {
      this.#ledger?.remember(before);
      return false;
    }
    Object.assign(this.now, change);
    this.isChanged = false;
    return true;
  }
}
