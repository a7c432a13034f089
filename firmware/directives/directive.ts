import { ACKNOWLEDGEMENT, CREDIT, POLICY, ROLES, SUPPLY_ORDER, TARIFF } from '../attest/signed-types';
import type { Message, StructType } from '../attest/struct-type';

export type Role = 'owner' | 'operator';

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
  roles: { type: ROLES, signers: ['owner'] },
  acknowledged: { type: ACKNOWLEDGEMENT, signers: ['owner', 'operator'] },
} as const satisfies { readonly [topic: string]: DirectiveRule };

export type DirectiveKind = keyof typeof DIRECTIVES;

export type DirectiveMessage<Kind extends DirectiveKind> = Message<(typeof DIRECTIVES)[Kind]['type']>;

/** A signed instruction that was checked: for this meter, by one who may give it, within the ranges it can obey. */
export type Directive = {
  readonly [Kind in DirectiveKind]: {
    readonly kind: Kind;
    readonly message: DirectiveMessage<Kind>;
    /** 20 bytes */
    readonly signer: Uint8Array;
  };
}[DirectiveKind];

/** Whether a topic's last part names a directive. */
export function isDirectiveKind(text: string): text is DirectiveKind {
  return Object.hasOwn(DIRECTIVES, text);
}
