import test from 'ava';
import { ZERO_ADDRESS } from '../../firmware/attest/address';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT, READING } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import { kilowattHours } from '../../firmware/energy';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { makeLinkOffer } from '../../simulator/link-document';
import { crypto, key } from '../support/messages';
import {
  DEVICE,
  detailNumberOf,
  LINK,
  linkOffer,
  type MeterRig,
  MINUTE,
  OPERATOR,
  OWNER,
  RECONNECTED,
  STRANGER,
} from '../support/meter-rig';
import { inNode, meterTest, type RigOf } from '../support/meter-test';

const REGISTRAR = key(1004);
const BUYER = key(1005);
/** Who operates for the buyer. */
const SELLER = key(1006);
const ROLES = { owner: OWNER.address, operator: OPERATOR.address };
const BUYERS = { owner: BUYER.address, operator: SELLER.address };

/** One of each kind that changes something, in a version above those of before. */
const DIRECTIVES: { readonly [kind in Exclude<DirectiveKind, 'acknowledged' | 'firmware'>]: object } = {
  credit: { credited: kilowattHours(9), withdrawn: 0 },
  tariff: { version: 9, validFrom: 0, feedInFactor: 0, bands: [] },
  supply: { version: 9, state: 0, powerLimit: 0, until: 0 },
  policy: { ...INITIAL_POLICY, version: 9, sealed: 0 },
  roles: { version: 9, owner: OWNER.address, operator: OPERATOR.address },
  reset: { version: 9 },
};

/** With the registrar, and a balance of a kWh. */
async function supplying(rigOf: RigOf): Promise<MeterRig> {
  const rig = rigOf();
  await rig.boot();
  await linked(rig, 1, OWNER, OPERATOR);
  await rig.credit(kilowattHours(1));
  return rig;
}

async function linked(rig: MeterRig, version: number, owner: SigningKey, operator: SigningKey) {
  const roles = { operator: operator.address, registrar: REGISTRAR.address, version };
  const result = rig.meter.link(makeLinkOffer(crypto, owner, { ...LINK, ...roles }));
  await rig.settle();
  return result.ok ? 'linked' : result.fault;
}

/** What each signer is told about each kind. */
async function refusals(rig: MeterRig, signers: readonly SigningKey[]): Promise<number> {
  const before = rig.meter.refused['wrong-signer'] ?? 0;
  for (const signer of signers)
    for (const [kind, message] of Object.entries(DIRECTIVES))
      await rig.instruct(kind as DirectiveKind, message as DirectiveMessage<DirectiveKind>, signer);
  return (rig.meter.refused['wrong-signer'] ?? 0) - before;
}

const DOMAIN = new SigningDomain(crypto, LINK);
const EVERY_KIND = Object.keys(DIRECTIVES).length;

meterTest('a meter that is linked takes no other link, and the same one again', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  t.is(await linked(rig, 1, OWNER, OPERATOR), 'linked');
  const other = rig.meter.link(linkOffer({ m3terId: 8n }, BUYER));
  t.deepEqual(other, { ok: false, fault: 'linked-already' });
  t.is(await linked(rig, 2, BUYER, SELLER), 'linked', 'the same M3ter: no news');
  await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: 0 }, BUYER);
  t.is(rig.meter.refused['wrong-signer'], 1);
  t.is(rig.eventsOf('linked').length, 1);
});

meterTest('the owner hands the meter over, and is refused from then on', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct('roles', { version: 2, ...BUYERS }, OWNER);
  t.deepEqual(rig.eventsOf('rolesChanged').map(detailNumberOf), [2]);
  t.is(await refusals(rig, [OWNER, OPERATOR]), 2 * EVERY_KIND);
  await rig.instruct('credit', { credited: kilowattHours(2), withdrawn: 0 }, SELLER);
  t.is(rig.meter.balance, kilowattHours(2));
});

meterTest(
  'the registrar hands the meter over without its owner, and may do nothing else but reset it',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: 0 }, REGISTRAR);
    await rig.instruct('policy', { ...INITIAL_POLICY, version: 1 }, REGISTRAR);
    await rig.instruct('credit', { credited: kilowattHours(5), withdrawn: 0 }, REGISTRAR);
    t.is(rig.meter.refused['wrong-signer'], 3);
    await rig.instruct('roles', { version: 2, ...BUYERS }, REGISTRAR);
    t.deepEqual(rig.eventsOf('rolesChanged').map(detailNumberOf), [2]);
    rig.cutPower();
    await rig.boot();
    t.is(await refusals(rig, [OWNER, OPERATOR]), 2 * EVERY_KIND);
    await rig.instruct('roles', { version: 3, ...ROLES }, REGISTRAR);
    t.is(rig.eventsOf('rolesChanged').length, 2, 'also after a restart');
  },
);

meterTest('without a registrar nobody but the owner hands it over or resets it', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.instruct('roles', { version: 2, ...BUYERS }, REGISTRAR);
  await rig.instruct('reset', { version: 2 }, REGISTRAR);
  await rig.instruct('reset', { version: 3 }, OPERATOR);
  t.is(rig.meter.refused['wrong-signer'], 3);
  t.is(rig.meter.m3terId, 7n);
});

meterTest('a reset forgets name and masters, and keeps what was counted', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, armBeforeReconnect: 1 }, OWNER);
  await rig.instruct('tariff', { version: 1, validFrom: 0, feedInFactor: 0, bands: [] });
  rig.draw(1000, 1000);
  const { registers, switchings } = rig.meter;
  t.true(rig.relay.isClosed());
  await rig.instruct('reset', { version: 5 }, OWNER);
  t.false(rig.relay.isClosed());
  t.is(rig.meter.supply.reason, 'unlinked');
  t.is(rig.meter.m3terId, undefined);
  t.false(rig.meter.isOnline);
  t.deepEqual(rig.meter.registers, registers);
  t.is(rig.meter.switchings, switchings + 1);
  t.deepEqual(rig.eventsOf('reset').map(detailNumberOf), [5], 'the broker has got it');
  t.is(rig.eventNames().at(-1), 'reset');
  t.is(Buffer.from(rig.payloads('online').at(-1) ?? []).toString(), 'false');
  rig.cutPower();
  await rig.boot();
  t.is(rig.meter.fault, undefined);
  t.is(rig.meter.supply.reason, 'unlinked');
  t.like(rig.meter.registers, { ...registers });
});

meterTest(
  'after a reset and a new link the old parties are refused, and a retained reset is spent',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    await rig.instruct('reset', { version: 5 }, REGISTRAR);
    t.is(await linked(rig, 1, OWNER, OPERATOR), 'stale', 'the document of before');
    t.is(await linked(rig, 2, BUYER, SELLER), 'linked');
    await rig.pass(RECONNECTED);
    t.is(rig.meter.m3terId, 7n, 'the reset that the broker retains came again');
    t.true(rig.relay.isClosed(), 'the balance goes on');
    t.is(await refusals(rig, [OWNER, OPERATOR]), 2 * EVERY_KIND);
    await rig.instruct('reset', { version: 5 }, REGISTRAR);
    t.is(rig.meter.m3terId, 7n);
    t.deepEqual(rig.eventsOf('linked').length, 2);
    await rig.credit(kilowattHours(1));
    t.is(rig.meter.balance, kilowattHours(1), 'a credit names a total above what the register shows');
  },
);

meterTest('readings of the new name follow those of the old one', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct('reset', { version: 5 }, OWNER);
  rig.cutPower();
  await rig.boot();
  const offer = makeLinkOffer(crypto, BUYER, { ...LINK, m3terId: 8n, operator: ZERO_ADDRESS, version: 2 });
  t.true(rig.meter.link(offer).ok);
  await rig.settle();
  rig.cutPower();
  await rig.boot();
  t.is(rig.meter.fault, undefined);
  for (const [stream, type] of [
    ['reading', READING],
    ['event', EVENT],
  ] as const) {
    const chain = new Map<
      number,
      { readonly m3terId: bigint; readonly previous: Uint8Array; digest: Uint8Array }
    >();
    for (const payload of rig.payloads(stream)) {
      const decoded = decodeEnvelope(type, payload);
      if (!decoded.ok) throw new Error(decoded.fault);
      const { message, signature } = decoded.value;
      t.deepEqual(
        DOMAIN.signer(type, message as never, signature),
        DEVICE.address,
        `${stream} ${message.sequence}`,
      );
      const { m3terId, previous } = message;
      chain.set(message.sequence, { m3terId, previous, digest: DOMAIN.digest(type, message as never) });
    }
    const entries = [...chain.entries()].sort(([a], [b]) => a - b);
    t.deepEqual(
      entries.map(([sequence]) => sequence),
      entries.map((_, k) => k + 1),
    );
    t.deepEqual([...new Set(entries.map(([, { m3terId }]) => m3terId))], [7n, 8n]);
    for (let k = 1; k < entries.length; k++)
      t.deepEqual(entries[k]?.[1].previous, entries[k - 1]?.[1].digest);
  }
});

test.serial('wherever the power is cut in a reset, it is whole, or comes again', async t => {
  let cuts = 0;
  for (let cutAt = 1; ; cutAt++) {
    const rig = await supplying(inNode);
    await rig.instruct('tariff', { version: 1, validFrom: 0, feedInFactor: 500, bands: [] });
    await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, armBeforeReconnect: 1 }, OWNER);
    rig.draw(3600, 1000);
    rig.flash.power.cutAt(cutAt);
    await rig.instruct('reset', { version: 5 }, OWNER);
    if (rig.isOn) break;
    cuts++;
    const found = rig.assemble();
    t.true(found.m3terId === 7n || found.m3terId === undefined, `cut ${cutAt}`);
    t.is(found.fault, undefined);
    t.is(found.isConsoleTrusted, true);
    await rig.boot();
    await rig.pass(RECONNECTED);
    t.is(rig.meter.m3terId, undefined, `cut ${cutAt}`);
    t.is(rig.meter.registers?.credited, kilowattHours(1));
    t.is(await linked(rig, 1, OWNER, OPERATOR), 'stale');
    t.is(await linked(rig, 2, BUYER, SELLER), 'linked');
    await rig.pass(RECONNECTED);
    t.is(rig.meter.m3terId, 7n);
    t.true(rig.relay.isClosed(), 'no tariff, no policy and no order of before');
    const stated = rig.eventsOf('reset').map(detailNumberOf);
    t.true(stated.length > 0 && stated.every(version => version === 5), `cut ${cutAt}: ${stated}`);
  }
  t.true(cuts > 6);
});

meterTest('who has a cable but no signature of the owner does not reset the meter', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  for (const signer of [STRANGER, OPERATOR]) {
    const result = rig.meter.reset(rig.directive('reset', { version: 5 }, signer));
    t.deepEqual(result, { ok: false, fault: 'wrong-signer' });
  }
  t.deepEqual(rig.meter.reset(Uint8Array.of(1)), { ok: false, fault: 'malformed' });
  await rig.settle();
  t.is(rig.meter.m3terId, 7n);
  t.is(rig.eventsOf('directiveRefused').length, 1);
  const reset = rig.directive('reset', { version: 5 }, OWNER);
  t.true(rig.meter.reset(reset).ok);
  t.is(rig.meter.m3terId, undefined);
  t.deepEqual(rig.meter.reset(reset), { ok: false, fault: 'unlinked' });
});

meterTest(
  'on the bench a meter supplies as long as it has no name, and as its balance says from then on',
  async (t, rigOf) => {
    const rig = rigOf({ bench: true });
    await rig.boot();
    rig.draw(1000, 1000);
    t.deepEqual(rig.meter.supply, { closed: true, reason: 'supplied' });
    t.true(rig.meter.link(linkOffer()).ok);
    await rig.settle();
    t.is(rig.meter.supply.reason, 'exhausted');
    t.is(rig.meter.registers?.debited, rig.meter.registers?.imported, 'what it took on the bench is owed');
  },
);

meterTest('readings and telemetry come as often as the policy says', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct(
    'policy',
    { ...INITIAL_POLICY, version: 1, readingInterval: 60, telemetryInterval: 10 },
    OWNER,
  );
  const { lastReading } = rig.meter;
  const told = rig.payloads('telemetry').length;
  await rig.pass(10 * MINUTE);
  t.is(rig.meter.lastReading, lastReading + 10);
  t.true(rig.payloads('telemetry').length >= told + 60);
  rig.cutPower();
  await rig.boot();
  const after = rig.meter.lastReading;
  await rig.pass(10 * MINUTE);
  t.true(rig.meter.lastReading >= after + 10);
});

meterTest('the console of a linked meter is trusted as far as the policy says', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  t.true(rig.meter.isConsoleTrusted);
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, trustConsole: 0 }, OWNER);
  t.false(rig.meter.isConsoleTrusted);
  await rig.instruct('reset', { version: 5 }, OWNER);
  t.true(rig.meter.isConsoleTrusted);
});
