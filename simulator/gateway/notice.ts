/** What a gateway tells whoever looks after it, as lines of a log and as counters. A closed set. */
export type NoticeCode =
  // from meters
  | 'reading-verified'
  /** The broker has the acknowledgement. */
  | 'reading-acknowledged'
  | 'reading-repeated'
  /** One before it is missing: the meter sends both again. */
  | 'reading-ahead'
  /** Forged, foreign, forked or broken: kept apart. */
  | 'reading-refused'
  | 'event-kept'
  | 'event-refused'
  /** A meter says that it does not obey a directive. */
  | 'directive-refused'
  /** Another device than before speaks for a token: the balance goes on in it. */
  | 'meter-exchanged'
  /** A `Link` that its device did not sign. */
  | 'link-refused'
  /** A `Link` by another device than the registry has. */
  | 'link-contradicted'
  /** No more messages of meters without a key in the registry are held. */
  | 'stranger-dropped'
  // the registry
  | 'device-known'
  | 'link-mined'
  | 'link-not-allowed'
  // payments
  | 'payment-credited'
  /** A reorganisation took back what was credited already: the chain has less than the meter was told. */
  | 'credit-beyond-payments'
  | 'chain-reorganised'
  // proofs
  | 'batch-sent'
  | 'batch-mined'
  | 'batch-reverted'
  /** Refused by the contract for a reason of its own: never sent again. */
  | 'reading-set-aside'
  /** A reorganisation took a transaction back. */
  | 'proof-vanished'
  | 'gas-too-dear'
  // the page
  /** On, off, limited, or another tariff, by somebody who has the page's token. */
  | 'order-given'
  /** No telemetry, `online` or order of ours. */
  | 'page-message-ignored'
  // the bridge to a Console
  | 'console-uplink'
  | 'console-answer'
  | 'console-refused'
  // what it stands on
  | 'chain-failed'
  | 'chain-reached'
  | 'broker-failed'
  /** It does not let us publish on a topic. */
  | 'broker-refused'
  | 'broker-connected';

export interface Notice {
  readonly code: NoticeCode;
  readonly m3terId?: bigint;
  /** In words; never a secret. */
  readonly detail?: string;
  /** How many readings, or how much gas, it is about; 1 when absent. */
  readonly count?: number;
  /** From the reading's coming to the broker's having the acknowledgement. */
  readonly seconds?: number;
}

export type Notify = (notice: Notice) => void;
