import type { SigningKey } from '../../firmware/attest/device-key';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import { milliwattHours } from '../../firmware/energy';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { signDirective } from '../../simulator/directive';
import type { Operator } from '../../simulator/operator';
import { DEAREST } from './battered-meter';
import type { OperatorLine } from './operator-line';
import type { Fate } from './weather';

/** s */
const HOUR = 3600;
/** mWh */
const KILOWATT_HOUR = 1_000_000;
const MINUTES_OF_DAY = 1440;

export interface InstructionPorts {
  readonly domain: SigningDomain;
  readonly owner: SigningKey;
  readonly operatorKey: SigningKey;
  readonly operator: Operator;
  readonly line: OperatorLine;
  readonly fate: Fate;
  /** Unix seconds */
  readonly now: () => number;
}

/** What owner and operator tell one meter, by and by: purchases, tariffs, policies, orders. */
export class Instructions {
  /** Version of the last of each kind; 0 for none */
  readonly versions = { tariff: 0, policy: 0, supply: 0 };
  /** mWh that were sold */
  sold = 0;
  purchases = 0;
  readonly #m3terId: bigint;
  readonly #ports: InstructionPorts;

  constructor(m3terId: bigint, ports: InstructionPorts) {
    this.#m3terId = m3terId;
    this.#ports = ports;
  }

  /** @param energy mWh; absent: what a household buys */
  sell(energy = KILOWATT_HOUR + this.#ports.fate.below(6 * KILOWATT_HOUR)): void {
    this.sold += energy;
    this.purchases++;
    this.#ports.operator.sell(this.#m3terId, milliwattHours(energy));
  }

  /** The first holds from ever on, those that follow from an hour ago to half a day ahead. */
  changeTariff(): void {
    const { fate, now } = this.#ports;
    const version = ++this.versions.tariff;
    const validFrom = version === 1 ? 0 : now() - HOUR + fate.below(13 * HOUR);
    const bands = Array.from({ length: fate.below(4) }, () => this.#band());
    const feedInFactor = fate.below(1001);
    this.#instruct('tariff', this.#ports.operatorKey, { version, validFrom, feedInFactor, bands });
  }

  changePolicy(): void {
    const { fate, owner } = this.#ports;
    this.#instruct('policy', owner, {
      ...INITIAL_POLICY,
      version: ++this.versions.policy,
      minimumOff: fate.below(60),
      reconnectSpread: fate.below(60),
      lowBalance: 200 + fate.below(2000),
      emergencyCredit: fate.below(1000),
      friendlyFrom: fate.below(MINUTES_OF_DAY),
      friendlyTo: fate.below(MINUTES_OF_DAY),
      reducedLoad: fate.below(2) * 500,
    });
  }

  /** Off for a while, or a limit, or neither. */
  order(): void {
    const { fate, now, operatorKey } = this.#ports;
    const version = ++this.versions.supply;
    const state = fate.below(3) === 0 ? 0 : 1;
    const until = state === 0 ? now() + 60 + fate.below(HOUR) : 0;
    this.#instruct('supply', operatorKey, { version, state, powerLimit: fate.below(3) * 2000, until });
  }

  #band() {
    const { fate } = this.#ports;
    const fromMinute = fate.below(MINUTES_OF_DAY);
    const toMinute = fromMinute + 1 + fate.below(MINUTES_OF_DAY - fromMinute);
    return { fromMinute, toMinute, days: 1 + fate.below(127), factor: 100 + fate.below(DEAREST - 99) };
  }

  #instruct<Kind extends DirectiveKind>(
    kind: Kind,
    key: SigningKey,
    message: Omit<DirectiveMessage<Kind>, 'm3terId'>,
  ): void {
    const whole = { m3terId: this.#m3terId, ...message } as DirectiveMessage<Kind> & { m3terId: bigint };
    const { topic, payload } = signDirective(this.#ports.domain, key, kind, whole);
    this.#ports.line.publish(topic, Buffer.from(payload));
  }
}
