import { z } from 'zod';
import { PAGE_ACTION } from './page-action';
import type { MeterRow, MeterView, ScopeView, WorldView } from './page-state';
import type { TailPart } from './sample-tail';

/** Bytes: no message of a page is longer. */
export const LONGEST_REQUEST = 2048;

/** What a page says to its server. */
export const REQUEST = z.discriminatedUnion('type', [
  /** The first: a token that is right lets it act. */
  z.strictObject({ type: z.literal('hello'), token: z.string().max(100) }),
  /** Show another meter from now on. */
  z.strictObject({ type: z.literal('show'), m3terId: z.string().max(78) }),
  z.strictObject({ type: z.literal('act'), action: PAGE_ACTION }),
]);
export type Request = z.infer<typeof REQUEST>;

/** The fields of a meter that are otherwise than they were told last; null: no longer there. */
export type MeterChange = Pick<MeterView, 'm3terId'> & {
  readonly [Field in keyof MeterView]?: MeterView[Field] | null;
};

/** What has changed. */
export interface Update {
  readonly type: 'update';
  readonly world: WorldView;
  /** All of it: the first time after `hello` or `show` */
  readonly meter?: MeterView;
  /** Then what is new. */
  readonly change?: MeterChange;
  readonly scope?: ScopeView;
  /** Each 2 s */
  readonly recent?: TailPart;
  /** Each 15 min */
  readonly days?: TailPart;
  /** Those of the list that are new or changed. */
  readonly rows?: readonly MeterRow[];
}

export interface Welcome {
  readonly type: 'welcome';
  /** Else it may only look. */
  readonly mayAct: boolean;
}

/** To an action. */
export interface Answer {
  readonly type: 'answer';
  readonly ok: boolean;
  /** In a few words */
  readonly text: string;
}

export type Reply = Update | Welcome | Answer;
