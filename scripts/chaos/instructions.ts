import type { SigningKey } from '../../firmware/attest/device-key';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveMessage } from '../../firmware/directives/directive';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { type SignedDirective, signDirective } from '../../simulator/directive';
import type { OperatorLine } from './operator-line';
import type { Part, Parties } from './parties';
import type { Fate } from './weather';

/** s */
const HOUR = 3600;
/** mWh */
const KILOWATT_HOUR = 1_000_000;
const MINUTES_OF_DAY = 1440;
/** The most that a tariff of this world weighs by */
export const DEAREST = 3000;
/** Versions, and mWh, from which on no true instruction has any: what says more than that is a former party's. */
export const PRESUMED = 2 ** 31;

type Kind = 'credit' | 'tariff' | 'supply' | 'policy' | 'roles';
type Instruction<Of extends Kind> = Omit<DirectiveMessage<Of>, 'm3terId'>;

const SIGNERS: Readonly<Record<Kind, Part>> = {
  ...{ credit: 'operator', tariff: 'operator', supply: 'operator' },
  ...{ policy: 'owner', roles: 'owner' },
};
const KINDS = Object.keys(SIGNERS) as readonly Kind[];

export interface InstructionPorts {
  readonly domain: SigningDomain;
  readonly parties: Parties;
  readonly line: OperatorLine;
  readonly fate: Fate;
  /** Unix seconds */
  readonly now: () => number;
}

/** What owner and operator tell one meter, by and by: purchases, tariffs, policies, orders, and who they are. */
export class Instructions {
  /** Version of the last of each kind; 0 for none */
  readonly versions = { tariff: 0, policy: 0, supply: 0, roles: 1 };
  /** mWh that were sold and taken back, in total */
  readonly told = { credited: 0, withdrawn: 0 };
  purchases = 0;
  withdrawals = 0;
  /** Attempts of those who command no more. */
  presumptions = 0;
  readonly #m3terId: bigint;
  readonly #ports: InstructionPorts;
  /** What was said last of each kind. */
  readonly #standing = new Map<Kind, Instruction<Kind>>();

  constructor(m3terId: bigint, ports: InstructionPorts) {
    this.#m3terId = m3terId;
    this.#ports = ports;
  }

  /** @param energy mWh; absent: what a household buys */
  sell(energy = KILOWATT_HOUR + this.#ports.fate.below(6 * KILOWATT_HOUR)): void {
    this.told.credited += energy;
    this.purchases++;
    this.#instruct('credit', { ...this.told });
  }

  /** Some of what was sold is refunded. */
  withdraw(): void {
    const { told } = this;
    told.withdrawn += this.#ports.fate.below(Math.min(KILOWATT_HOUR, told.credited - told.withdrawn));
    this.withdrawals++;
    this.#instruct('credit', { ...told });
  }

  /** The first holds from ever on, those that follow from an hour ago to half a day ahead. */
  changeTariff(): void {
    this.#instruct('tariff', this.#tariff(++this.versions.tariff));
  }

  changePolicy(): void {
    this.#instruct('policy', this.#policy(++this.versions.policy));
  }

  /** Off for a while, or a limit, or neither. */
  order(): void {
    this.#instruct('supply', this.#order(++this.versions.supply));
  }

  /** Another operator, or owner. One at a time: whoever is named by one that the meter does not know yet is not obeyed. */
  changeRoles(part: Part): void {
    const { parties } = this.#ports;
    if (!parties.isChanging)
      this.#instruct('roles', { version: ++this.versions.roles, ...parties.change(part) });
  }

  /** The meter holds these roles. Who is new says again, in his name, what may not have come in the other's. */
  onRoles(version: number): void {
    const { parties } = this.#ports;
    if (!parties.isChanging || version !== this.versions.roles) return;
    parties.confirm();
    for (const [kind, message] of this.#standing) if (kind !== 'roles') this.#instruct(kind, message);
  }

  /** One who commands no more tries to. It is not retained: what counts stays at the broker. */
  presume(): void {
    const { fate, parties, line } = this.#ports;
    const former = fate.one(parties.former);
    if (former === undefined) return;
    const kind = fate.one(former.part === 'owner' ? KINDS : KINDS.filter(of => SIGNERS[of] === 'operator'));
    const { topic, payload } = this.#signed(kind, former.key, this.#presumed(kind, former.key));
    if (line.say(topic, Buffer.from(payload))) this.presumptions++;
  }

  #presumed(kind: Kind, { address }: SigningKey): Instruction<Kind> {
    const version = PRESUMED + this.presumptions;
    switch (kind) {
      case 'credit':
        return { credited: version, withdrawn: this.told.withdrawn };
      case 'tariff':
        return this.#tariff(version);
      case 'supply':
        return this.#order(version);
      case 'policy':
        return this.#policy(version);
      case 'roles':
        return { version, owner: address, operator: address };
    }
  }

  #tariff(version: number): Instruction<'tariff'> {
    const { fate, now } = this.#ports;
    const validFrom = version === 1 ? 0 : now() - HOUR + fate.below(13 * HOUR);
    const bands = Array.from({ length: fate.below(4) }, () => this.#band());
    return { version, validFrom, feedInFactor: fate.below(1001), bands };
  }

  #policy(version: number): Instruction<'policy'> {
    const { fate } = this.#ports;
    return {
      ...INITIAL_POLICY,
      version,
      minimumOff: fate.below(60),
      reconnectSpread: fate.below(60),
      lowBalance: 200 + fate.below(2000),
      emergencyCredit: fate.below(1000),
      friendlyFrom: fate.below(MINUTES_OF_DAY),
      friendlyTo: fate.below(MINUTES_OF_DAY),
      reducedLoad: fate.below(2) * 500,
    };
  }

  #order(version: number): Instruction<'supply'> {
    const { fate, now } = this.#ports;
    const state = fate.below(3) === 0 ? 0 : 1;
    const until = state === 0 ? now() + 60 + fate.below(HOUR) : 0;
    return { version, state, powerLimit: fate.below(3) * 2000, until };
  }

  #band() {
    const { fate } = this.#ports;
    const fromMinute = fate.below(MINUTES_OF_DAY);
    const toMinute = fromMinute + 1 + fate.below(MINUTES_OF_DAY - fromMinute);
    return { fromMinute, toMinute, days: 1 + fate.below(127), factor: 100 + fate.below(DEAREST - 99) };
  }

  #instruct<Of extends Kind>(kind: Of, message: Instruction<Of>): void {
    this.#standing.set(kind, message);
    const { topic, payload } = this.#signed(kind, this.#ports.parties[SIGNERS[kind]], message);
    this.#ports.line.publish(topic, Buffer.from(payload));
  }

  #signed<Of extends Kind>(kind: Of, key: SigningKey, message: Instruction<Of>): SignedDirective {
    const whole = { m3terId: this.#m3terId, ...message } as DirectiveMessage<Of> & { m3terId: bigint };
    return signDirective(this.#ports.domain, key, kind, whole);
  }
}
