import test from 'ava';
import { ZERO_ADDRESS } from '../../firmware/attest/address';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { DirectiveKind } from '../../firmware/directives/directive';
import { key } from '../support/messages';
import { linkOffer, M3TER_ID, MeterRig, OPERATOR, OWNER, STRANGER } from '../support/meter-rig';
import { attack, LOOT, ORDER, POLICY, ROLES, Siege, TARIFF, VERSION } from './attack';
import { CREDIT, envelope, signWords, uint, withSignature } from './forge';

const NEW_OWNER = key(2001);
const NEW_OPERATOR = key(2002);
const MUCH = { credited: LOOT, withdrawn: 0 };
const NEWER = {
  credit: MUCH,
  tariff: { ...TARIFF, version: 99, feedInFactor: 65_535 },
  supply: { ...ORDER, version: 99, state: 0 },
  policy: { ...POLICY, version: 99, sealed: 0 },
  roles: { version: 99, owner: STRANGER.address, operator: STRANGER.address },
  reset: { version: 99 },
  acknowledged: { sequence: 3 },
  firmware: { version: 99, hash: new Uint8Array(32), url: 'http://attacker.example/m3ter.bin' },
};

function signed(rig: MeterRig, kind: DirectiveKind, signer: SigningKey): Uint8Array {
  return rig.directive(kind, NEWER[kind] as never, signer);
}

for (const kind of Object.keys(NEWER) as DirectiveKind[])
  attack(`a stranger signs ${kind}`, {
    on: kind,
    refused: 'wrong-signer',
    make: rig => signed(rig, kind, STRANGER),
  });

attack('the operator signs a policy', {
  on: 'policy',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'policy', OPERATOR),
});

attack('the operator releases firmware', {
  on: 'firmware',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'firmware', OPERATOR),
});

attack('the operator resets the meter', {
  on: 'reset',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'reset', OPERATOR),
});

attack('the operator makes itself the owner', {
  on: 'roles',
  refused: 'wrong-signer',
  make: rig => rig.directive('roles', { ...NEWER.roles, owner: OPERATOR.address }, OPERATOR),
});

attack('the new owner signs its own appointment', {
  on: 'roles',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'roles', STRANGER),
});

attack('the owner appoints nobody as owner', {
  on: 'roles',
  refused: 'out-of-range',
  make: rig => rig.directive('roles', { ...NEWER.roles, owner: ZERO_ADDRESS }, OWNER),
});

/** Version 50: other people own and serve the meter. */
const rotated = {
  before: (rig: MeterRig) =>
    rig.instruct('roles', { version: 50, owner: NEW_OWNER.address, operator: NEW_OPERATOR.address }, OWNER),
  masters: { owner: NEW_OWNER, operator: NEW_OPERATOR },
};

for (const kind of Object.keys(NEWER) as DirectiveKind[])
  attack(`the past owner signs ${kind}`, {
    ...rotated,
    on: kind,
    refused: 'wrong-signer',
    make: rig => signed(rig, kind, OWNER),
  });

for (const kind of ['credit', 'tariff', 'supply', 'acknowledged'] as const)
  attack(`the past operator signs ${kind}`, {
    ...rotated,
    on: kind,
    refused: 'wrong-signer',
    make: rig => signed(rig, kind, OPERATOR),
  });

attack('the past owner signs a credit after a power cut', {
  ...rotated,
  before: async rig => {
    await rotated.before(rig);
    rig.cutPower();
    await rig.boot();
    // the appointment itself is still there, by somebody who owns it no more: refused, and told
    await rig.pass(660_000);
  },
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'credit', OWNER),
});

attack('the appointment by which the present owner came in is played again', {
  ...rotated,
  on: 'roles',
  // by somebody who owns it no more, but that is not even asked
  refused: 'stale',
  make: rig => [
    rig.directive('roles', ROLES, OWNER),
    rig.directive('roles', { version: 50, owner: NEW_OWNER.address, operator: NEW_OPERATOR.address }, OWNER),
  ],
});

/** Nobody but the owner sells. */
const alone = {
  before: (rig: MeterRig) =>
    rig.instruct('roles', { version: 50, owner: OWNER.address, operator: ZERO_ADDRESS }, OWNER),
  masters: { owner: OWNER, operator: OWNER },
};

attack('the operator that was dismissed signs a credit', {
  ...alone,
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => signed(rig, 'credit', OPERATOR),
});

attack('a signature of nobody, where the operator is the address of nobody', {
  ...alone,
  on: 'credit',
  refused: 'bad-signature',
  make: rig =>
    [0, 27, 28].map(v => withSignature(signed(rig, 'credit', OWNER), () => new Uint8Array(65).fill(v, 64))),
});

attack('a credit by one whose address begins as that of the operator', {
  on: 'credit',
  refused: 'wrong-signer',
  before: rig => {
    const address = STRANGER.address.slice();
    address[19] = (address[19] as number) ^ 1;
    return rig.instruct('roles', { version: 50, owner: OWNER.address, operator: address }, OWNER);
  },
  masters: { owner: OWNER, operator: OWNER },
  make: () => envelope(signWords(STRANGER, CREDIT, [7n, BigInt(LOOT), 0n]), uint(7), uint(LOOT), uint(0)),
});

test('a stranger links the meter anew, as the M3ter that it is', async t => {
  const siege = await Siege.lay();
  t.true(siege.rig.meter.link(linkOffer({}, STRANGER)).ok, 'it is that M3ter, and no more is said');
  await siege.rig.settle();
  await siege.assertHeld(t);
});

test('a stranger links the meter anew, as another M3ter, on another chain or in another registry', async t => {
  const siege = await Siege.lay();
  const others = [
    { m3terId: 8n },
    { m3terId: M3TER_ID + 2n ** 64n },
    { chainId: 1 },
    { registry: new Uint8Array(20) },
  ];
  for (const other of others)
    t.deepEqual(siege.rig.meter.link(linkOffer(other, STRANGER)), { ok: false, fault: 'linked-already' });
  await siege.rig.settle();
  await siege.assertHeld(t);
});

test('a meter without a name is given one by roles that their owner did not sign', async t => {
  const rig = new MeterRig();
  await rig.boot();
  const byAnother = rig.directive(
    'roles',
    { version: VERSION, owner: OWNER.address, operator: STRANGER.address },
    STRANGER,
  );
  t.deepEqual(rig.meter.link({ ...linkOffer(), roles: byAnother }), { ok: false, fault: 'wrong-signer' });
  t.is(rig.meter.m3terId, undefined);
  t.is(rig.meter.supply.reason, 'unlinked');
  t.true(rig.meter.link(linkOffer()).ok);
});
