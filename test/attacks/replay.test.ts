import test from 'ava';
import type { DirectiveKind } from '../../firmware/directives/directive';
import { type MeterRig, OPERATOR, OWNER, STRANGER } from '../support/meter-rig';
import {
  attack,
  CREDITED,
  meterInService,
  ORDER,
  POLICY,
  ROLES,
  Siege,
  TARIFF,
  VERSION,
  WITHDRAWN,
} from './attack';

/** Versions that were signed earlier, or at the same time, and say something else than what holds. */
const OTHERS = {
  supply: { ...ORDER, state: 0, powerLimit: 1 },
  policy: { ...POLICY, sealed: 0 },
  tariff: { ...TARIFF, feedInFactor: 65_535, bands: [] },
  roles: { ...ROLES, operator: STRANGER.address },
};
const VERSIONED = Object.keys(OTHERS) as (keyof typeof OTHERS)[];

function signed(rig: MeterRig, kind: keyof typeof OTHERS, version: number): Uint8Array {
  return rig.directive(kind, { ...OTHERS[kind], version } as never, OWNER);
}

attack('a credit that was applied comes again, a hundred times', {
  on: 'credit',
  refused: 'stale',
  make: rig => Array(100).fill(rig.directive('credit', { credited: CREDITED, withdrawn: WITHDRAWN })),
});

attack('a credit from before the last one, of a lower total', {
  on: 'credit',
  refused: 'stale',
  make: rig => rig.directive('credit', { credited: CREDITED - 1, withdrawn: 0 }),
});

attack('a credit of nothing at all', {
  on: 'credit',
  refused: 'stale',
  make: rig => rig.directive('credit', { credited: 0, withdrawn: 0 }, OWNER),
});

attack('what was withdrawn is to be given back by a lower total', {
  on: 'credit',
  refused: 'stale',
  make: rig => rig.directive('credit', { credited: CREDITED, withdrawn: WITHDRAWN - 1 }),
});

attack('an acknowledgement from before the last one', {
  on: 'acknowledged',
  refused: 'stale',
  make: rig => [0, 1, 2].map(sequence => rig.directive('acknowledged', { sequence })),
});

for (const kind of VERSIONED) {
  attack(`an older ${kind} comes again`, {
    on: kind,
    refused: 'stale',
    make: rig => [0, 1, VERSION - 1].map(version => signed(rig, kind, version)),
  });

  attack(`a ${kind} of the same version says something else`, {
    on: kind,
    refused: 'stale',
    make: rig => signed(rig, kind, VERSION),
  });

  attack(`an older ${kind} comes again after a power cut`, {
    on: kind,
    refused: 'stale',
    make: rig => signed(rig, kind, VERSION - 1),
    before: restart,
  });
}

attack('a credit that was applied comes again after a power cut', {
  on: 'credit',
  refused: 'stale',
  make: rig => rig.directive('credit', { credited: CREDITED, withdrawn: WITHDRAWN }),
  before: restart,
});

test('the power is cut while a version is written, and then the older one comes again', async t => {
  // whatever is cut, the version that holds afterwards is one of the two, and the older is not taken back
  for (let cut = 1; cut <= 3; cut++) {
    const rig = await meterInService({ seed: cut });
    rig.flash.power.cutAt(cut);
    await rig.instruct('policy', { ...POLICY, version: VERSION + 1, sealed: 0 }, OWNER);
    rig.cutPower();
    await rig.boot();
    const isSealed = rig.meter.isSealed;
    await rig.instruct('policy', { ...POLICY, version: VERSION }, OWNER);
    await rig.instruct('policy', { ...POLICY, version: VERSION - 1, sealed: isSealed ? 0 : 1 }, OWNER);
    t.is(rig.meter.isSealed, isSealed, `cut ${cut}`);
    t.deepEqual(rig.meter.refused, {});
  }
});

test('all that the meter was ever told comes again, the last first', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const told: [DirectiveKind, Uint8Array][] = [
    ['acknowledged', rig.directive('acknowledged', { sequence: 2 })],
    ['roles', rig.directive('roles', ROLES, OWNER)],
    ['roles', rig.directive('roles', { ...ROLES, version: 1 }, OWNER)],
    ['supply', rig.directive('supply', ORDER)],
    ['credit', rig.directive('credit', { credited: CREDITED, withdrawn: WITHDRAWN }, OPERATOR)],
    ['tariff', rig.directive('tariff', TARIFF)],
    ['policy', rig.directive('policy', POLICY, OWNER)],
  ];
  for (const [kind, payload] of told) await rig.publish(kind, payload);
  t.deepEqual(siege.refused(), {});
  await siege.assertHeld(t);
});

async function restart(rig: MeterRig): Promise<void> {
  rig.cutPower();
  await rig.boot();
  await rig.pass(60_000);
}
