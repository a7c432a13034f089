import type { DirectiveKind, DirectiveMessage } from '../firmware/directives/directive';
import type { MilliwattHours } from '../firmware/energy';
import type { Account } from './operator';

/** A directive with the meter that it is for. */
export type Instruction<Kind extends DirectiveKind> = DirectiveMessage<Kind> & { readonly m3terId: bigint };

/** Who sells energy to a simulation's meters, keeps their readings, and says so by directives. */
export interface Market {
  /** @throws Error when there is no such meter */
  account(m3terId: bigint): Account;
  /** Begins to sell so much more energy. */
  sell(m3terId: bigint, energy: MilliwattHours): void;
  /**
   * Tells a meter, now or when it is there next, what energy weighs, or how to be supplied.
   * @returns the message that it gets
   */
  instruct<Kind extends 'tariff' | 'supply'>(kind: Kind, message: Instruction<Kind>): Uint8Array;
  /** Resolves when all is done that was begun, and all answered that came. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
