import { z } from 'zod';

const m3terId = z.string().regex(/^\d{1,78}$/);
const on = z.boolean();

/** What somebody who looks at the page may ask for, as it comes over the wire. */
export const PAGE_ACTION = z.discriminatedUnion('kind', [
  /** In the unit that `Controls.pay` names */
  z.strictObject({ kind: z.literal('pay'), m3terId, amount: z.number().positive().max(1000) }),
  z.strictObject({ kind: z.literal('ask'), m3terId }),
  /** Of a kWh, in the currency that `Controls.price` names */
  z.strictObject({ kind: z.literal('price'), m3terId, amount: z.number().positive().max(1000) }),
  /** W of the test load: more than that trips any meter */
  z.strictObject({ kind: z.literal('load'), m3terId, watts: z.number().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal('clouds'), m3terId, cover: z.number().min(0).max(1).nullable() }),
  z.strictObject({ kind: z.literal('plug'), m3terId, on }),
  z.strictObject({ kind: z.literal('network'), m3terId, on }),
  z.strictObject({ kind: z.literal('tamper'), m3terId, on }),
  z.strictObject({ kind: z.literal('weld'), m3terId, on }),
  z.strictObject({ kind: z.literal('tariff'), m3terId, name: z.string().max(40) }),
  z.strictObject({ kind: z.literal('supply'), m3terId, on }),
  /** W; 0: none */
  z.strictObject({ kind: z.literal('limit'), m3terId, watts: z.int().min(0).max(100_000) }),
  z.strictObject({ kind: z.literal('speed'), change: z.enum(['faster', 'slower']) }),
  z.strictObject({ kind: z.literal('pause'), on }),
]);
export type PageAction = z.infer<typeof PAGE_ACTION>;
