import {
  ACKNOWLEDGEMENT,
  CREDIT,
  FACTORY_RESET,
  FIRMWARE_RELEASE,
  POLICY,
  ROLES,
  SUPPLY_ORDER,
  TARIFF,
} from '../attest/signed-types';
import type { Message, StructType } from '../attest/struct-type';

export type Role = 'owner' | 'operator' | 'registrar';

interface DirectiveRule {
  readonly type: StructType;
  readonly signers: readonly Role[];
}

/** The instructions that a meter takes, by the last part of the topic they come on: what they are and who may sign. */
export const DIRECTIVES = {
  credit: { type: CREDIT, signers: ['owner', 'operator'] },
  tariff: { type: TARIFF, signers: ['owner', 'operator'] },
  supply: { type: SUPPLY_ORDER, signers: ['owner', 'operator'] },
  // The seal of the calibration is the owner's: an operator could else have a meter measure more.
  policy: { type: POLICY, signers: ['owner'] },
  // The registrar knows when the token has changed hands, though its former holder says nothing.
  roles: { type: ROLES, signers: ['owner', 'registrar'] },
  reset: { type: FACTORY_RESET, signers: ['owner', 'registrar'] },
  acknowledged: { type: ACKNOWLEDGEMENT, signers: ['owner', 'operator'] },
  // Whoever makes the firmware makes the meter: an operator only sells energy, and a registrar only knows whose it is.
  firmware: { type: FIRMWARE_RELEASE, signers: ['owner'] },
} as const satisfies { readonly [topic: string]: DirectiveRule };

export type DirectiveKind = keyof typeof DIRECTIVES;

export type DirectiveMessage<Kind extends DirectiveKind> = Message<(typeof DIRECTIVES)[Kind]['type']>;

/** What a message says, whoever signed it. */
export type Claim = {
  readonly [Kind in DirectiveKind]: { readonly kind: Kind; readonly message: DirectiveMessage<Kind> };
}[DirectiveKind];

/** A signed instruction that was checked: for this meter, by one who may give it, within the ranges it can obey. */
export type Directive = Claim & {
  /** 20 bytes */
  readonly signer: Uint8Array;
};

/** Whether a topic's last part names a directive. */
export function isDirectiveKind(text: string): text is DirectiveKind {
  return Object.hasOwn(DIRECTIVES, text);
}
