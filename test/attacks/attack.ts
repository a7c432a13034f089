import test, { type ExecutionContext } from 'ava';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { DeskRefusal } from '../../firmware/directives/desk';
import { kilowattHours } from '../../firmware/energy';
import type { FlashRegion } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { MeterRig, type MeterRigOptions, OPERATOR, OWNER } from '../support/meter-rig';

/** Version of everything that the meter under attack has been told, but the acknowledgement. */
export const VERSION = 5;
export const CREDITED = kilowattHours(10);
export const WITHDRAWN = kilowattHours(1);
/** What it is credited when the attack is over. */
export const HONEST = kilowattHours(20);
/** What an attacker would like. */
export const LOOT = kilowattHours(1000);
export const ORDER = { version: VERSION, state: 1, powerLimit: 5000, until: 0 };
export const POLICY = { ...INITIAL_POLICY, version: VERSION, sag: 880 };
export const NIGHT = { fromMinute: 0, toMinute: 360, days: 127, factor: 500 };
export const TARIFF = { version: VERSION, validFrom: 0, feedInFactor: 100, bands: [NIGHT] };
export const ROLES = { version: VERSION, owner: OWNER.address, operator: OPERATOR.address };

type Refusals = Partial<Record<DeskRefusal, number>>;

/** Whom the meter obeys. */
interface Masters {
  readonly owner: SigningKey;
  readonly operator: SigningKey;
}

export interface Attack {
  /** The last part of the topic it comes on. */
  readonly on: string;
  /** Why each of the messages is refused, or one of the reasons; `stale`: passed over as nothing new */
  readonly refused: DeskRefusal | 'stale' | readonly DeskRefusal[];
  make(rig: MeterRig): Uint8Array | readonly Uint8Array[];
  /** What happened to the meter earlier. */
  before?(rig: MeterRig): Promise<void>;
  readonly masters?: Masters;
}

/** A test that the attack gets nowhere: a meter in service is left as it was, and goes on to obey its masters. */
export function attack(title: string, { on, refused, make, before, masters }: Attack): void {
  test(title, async t => {
    const siege = await Siege.lay({ before, masters });
    const payloads = [make(siege.rig)].flat();
    for (const payload of payloads) await siege.rig.publish(on, payload);
    const causes: readonly string[] = [refused].flat();
    const counted = siege.refused();
    t.true(
      Object.keys(counted).every(cause => causes.includes(cause)),
      JSON.stringify(counted),
    );
    const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
    t.is(total, refused === 'stale' ? 0 : payloads.length);
    await siege.assertHeld(t);
  });
}

/** A meter that has credit, an order, a policy, a tariff, roles and an acknowledged reading. */
export async function meterInService(options?: MeterRigOptions): Promise<MeterRig> {
  const rig = new MeterRig(options);
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  await rig.instruct('policy', POLICY, OWNER);
  await rig.instruct('tariff', TARIFF);
  await rig.instruct('supply', ORDER);
  await rig.instruct('roles', ROLES, OWNER);
  await rig.instruct('acknowledged', { sequence: 2 });
  rig.draw(1000, 250_000);
  // puts the last two on flash too
  await rig.credit(CREDITED, WITHDRAWN);
  return rig;
}

/** A meter under attack, and what it was before. */
export class Siege {
  readonly rig: MeterRig;
  readonly #masters: Masters;
  readonly #standing: object;
  readonly #refused: Refusals;
  readonly #events: number;

  private constructor(rig: MeterRig, masters: Masters) {
    this.rig = rig;
    this.#masters = masters;
    this.#standing = standing(rig);
    this.#refused = { ...rig.meter.refused };
    this.#events = rig.events().length;
  }

  /** Begins it. */
  static async lay({
    before,
    masters = { owner: OWNER, operator: OPERATOR },
    ...options
  }: MeterRigOptions & {
    readonly before?: Attack['before'];
    readonly masters?: Masters | undefined;
  } = {}): Promise<Siege> {
    const rig = await meterInService(options);
    await before?.(rig);
    return new Siege(rig, masters);
  }

  /** How many messages were refused since it began, by cause. */
  refused(): Refusals {
    const counts: Refusals = {};
    for (const [cause, count] of Object.entries(this.rig.meter.refused)) {
      const since = count - (this.#refused[cause as DeskRefusal] ?? 0);
      if (since > 0) counts[cause as DeskRefusal] = since;
    }
    return counts;
  }

  /** Nothing has changed, in the meter nor on its flash; at most one event tells, of the refusal; its masters are obeyed. */
  async assertHeld(t: ExecutionContext): Promise<void> {
    const { rig } = this;
    this.assertUnmoved(t);
    const told = rig.eventNames().slice(this.#events);
    t.deepEqual(told, Object.keys(this.refused()).length > 0 ? ['directiveRefused'] : []);
    await this.assertObedient(t);
  }

  /** What the meter has counted, was told and does is as it was, also after the next restart. */
  assertUnmoved(t: ExecutionContext): void {
    t.deepEqual(standing(this.rig), this.#standing);
  }

  /** Whoever may still instructs it, with what is newer. */
  async assertObedient(t: ExecutionContext): Promise<void> {
    const { rig } = this;
    const { owner, operator } = this.#masters;
    await rig.instruct('credit', { credited: HONEST, withdrawn: WITHDRAWN }, operator);
    t.is(rig.meter.registers?.credited, HONEST);
    await rig.instruct('supply', { ...ORDER, version: 2 * VERSION, state: 0 }, operator);
    t.is(rig.meter.supply.reason, 'ordered');
    await rig.instruct('policy', { ...POLICY, version: 2 * VERSION, sealed: 0 }, owner);
    t.false(rig.meter.isSealed);
  }
}

/** All that a directive could change. */
function standing({ meter, flash }: MeterRig): object {
  const kept = restored(flash.ledger);
  // how far the meter's own statements have come
  const { readings: _readings, events: _events, eventsDelivered: _delivered, ...settings } = kept.settings;
  const { registers, supply, acknowledged, m3terId, isSealed, fault, isOnline, address } = meter;
  return {
    ...{ registers: { ...registers }, supply, acknowledged, m3terId, isSealed, fault, isOnline, address },
    kept: { registers: { ...kept.registers }, acknowledged: kept.acknowledged, settings },
    ...{ tariffs: kept.tariffs, memory: kept.supplyMemory },
  };
}

/** The ledger as the next start would find it; of a copy, since finding it may write. */
function restored(region: FlashRegion): Ledger {
  const { size, sectorSize } = region;
  const copy = new EmulatedFlash({ size, sectorSize, prng: new Prng('copy') });
  copy.write(0, region.read(0, size));
  const ledger = Ledger.open(copy);
  if (!ledger.ok) throw new Error(ledger.fault);
  return ledger.value;
}
