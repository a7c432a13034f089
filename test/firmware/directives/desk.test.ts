import test from 'ava';
import fc from 'fast-check';
import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { detailNumber, detailText, type EventName } from '../../../firmware/attest/event';
import { ROLES, SUPPLY_ORDER } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { DirectiveDesk } from '../../../firmware/directives/desk';
import {
  DIRECTIVES,
  type DirectiveKind,
  type DirectiveMessage,
} from '../../../firmware/directives/directive';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { signDirective } from '../../../simulator/directive';
import { anyMessage, crypto } from '../../support/messages';
import { LINK, OPERATOR, OWNER, STRANGER } from '../../support/meter-rig';

const TOPICS = Object.keys(DIRECTIVES) as DirectiveKind[];
const domain = new SigningDomain(crypto, LINK);

/** The desk of a linked meter that has made five readings, and what came of what it got. */
function makeDesk() {
  const clock = new VirtualClock();
  const region = new EmulatedFlash({ size: 4096, sectorSize: 1024, prng: new Prng('desk') });
  const opened = Ledger.open(region);
  if (!opened.ok) throw new Error(opened.fault);
  const ledger = opened.value;
  ledger.update({ link: LINK, roles: { version: 1, owner: OWNER.address, operator: OPERATOR.address } });
  const applied: DirectiveKind[] = [];
  const events: EventName[] = [];
  const details: Uint8Array[] = [];
  const desk = new DirectiveDesk(clock, domain, ledger, LINK, {
    onApplied: ({ kind }) => applied.push(kind),
    onEvent: (name, detail) => {
      events.push(name);
      details.push(detail);
    },
    lastReading: () => 5,
  });
  return { desk, clock, ledger, region, applied, events, details };
}

function signed<Kind extends DirectiveKind>(
  kind: Kind,
  message: Omit<DirectiveMessage<Kind>, 'm3terId'> & { readonly m3terId?: bigint },
  { signer = OPERATOR, within = domain } = {},
): Uint8Array {
  const whole = { m3terId: LINK.m3terId, ...message } as DirectiveMessage<Kind> & { m3terId: bigint };
  return signDirective(within, signer, kind, whole).payload;
}

const POLICY = { ...INITIAL_POLICY, version: 1, sealed: 0 };
const RELEASE = { version: 7, hash: new Uint8Array(32), url: 'http://example.org/7.bin' };
const credit = (credited: number) => signed('credit', { credited, withdrawn: 0 });

test('what is new is applied, and an event tells; what is known is passed over in silence', t => {
  const { desk, applied, events } = makeDesk();
  for (let k = 0; k < 2; k++) {
    desk.receive('credit', credit(1000));
    desk.receive('tariff', signed('tariff', { version: 1, validFrom: 0, feedInFactor: 800, bands: [] }));
    desk.receive('supply', signed('supply', { version: 1, state: 0, powerLimit: 0, until: 0 }));
    desk.receive('acknowledged', signed('acknowledged', { sequence: 5 }));
    desk.receive('policy', signed('policy', POLICY, { signer: OWNER }));
    desk.receive(
      'roles',
      signed('roles', { version: 2, owner: OWNER.address, operator: OPERATOR.address }, { signer: OWNER }),
    );
  }
  t.deepEqual(applied, ['credit', 'tariff', 'supply', 'acknowledged', 'policy', 'roles']);
  t.deepEqual(events, ['creditApplied', 'tariffChanged', 'orderChanged', 'policyChanged', 'rolesChanged']);
  t.deepEqual(desk.refused, {});
});

test('a reset is told of before it is done, once, and nobody is obeyed after it', t => {
  const { desk, ledger, applied, events, details } = makeDesk();
  desk.receive('supply', signed('supply', { version: 1, state: 0, powerLimit: 0, until: 0 }));
  const reset = signed('reset', { version: 3 }, { signer: OWNER });
  t.is(desk.receive('reset', reset), undefined);
  t.is(desk.receive('reset', reset), 'stale');
  t.is(desk.receive('credit', credit(1000)), 'wrong-signer');
  t.deepEqual(applied, ['supply', 'reset']);
  t.deepEqual(events, ['orderChanged', 'reset', 'directiveRefused']);
  t.deepEqual(details[1], detailNumber(3));
  t.like(ledger.settings, { link: undefined, resetVersion: 3, order: { version: 0, state: 1 } });
});

test('a reset of a version that was done before is passed over', t => {
  const { desk, ledger, events } = makeDesk();
  ledger.update({ resetVersion: 3 });
  t.is(desk.receive('reset', signed('reset', { version: 3 }, { signer: OWNER })), 'stale');
  t.deepEqual(events, []);
  t.deepEqual(ledger.settings.link, LINK);
});

test('whatever is wrong with a directive is counted by cause, and changes nothing', t => {
  const { desk, ledger, applied } = makeDesk();
  const before = JSON.stringify([ledger.registers, { ...ledger.settings, link: 0 }]);
  const elsewhere = (change: object) => new SigningDomain(crypto, { ...LINK, ...change });
  const total = { credited: 1000, withdrawn: 0 };
  const wrong: [DirectiveKind | string, Uint8Array][] = [
    ['credit', signed('credit', total, { signer: STRANGER })],
    ['credit', signed('credit', total, { within: elsewhere({ chainId: 101 }) })],
    ['credit', signed('credit', total, { within: elsewhere({ registry: new Uint8Array(20) }) })],
    ['roles', signed('roles', { version: 2, owner: OPERATOR.address, operator: OPERATOR.address })],
    ['policy', signed('policy', POLICY)],
    ['policy', signed('policy', { ...POLICY, sealed: 2 }, { signer: OWNER })],
    ['credit', signed('credit', { ...total, m3terId: 8n })],
    ['credit', signed('credit', { credited: 2 ** 48, withdrawn: 0 })],
    ['supply', signed('supply', { version: 1, state: 2, powerLimit: 0, until: 0 })],
    ['credit', signed('credit', { credited: 1, withdrawn: 2 })],
    ['acknowledged', signed('acknowledged', { sequence: 6 })],
    ['supply', credit(1000)],
    ['credit', Uint8Array.of(0xff)],
    ['credit', new Uint8Array(2000)],
    ['credit', encodeEnvelope(DIRECTIVES.credit.type, { m3terId: 7n, ...total }, new Uint8Array(65))],
    ['firmware', credit(1000)],
    ['firmware', signed('firmware', RELEASE)],
    ['firmware', signed('firmware', RELEASE, { signer: OWNER })],
    ['', credit(1000)],
    ['toString', credit(1000)],
    ['__proto__', credit(1000)],
  ];
  for (const [stream, payload] of wrong) desk.receive(stream, payload);
  t.deepEqual(desk.refused, {
    'wrong-signer': 6,
    'wrong-meter': 1,
    'out-of-range': 3,
    impossible: 2,
    malformed: 4,
    'bad-signature': 1,
    unknown: 3,
    unsupported: 1,
  });
  t.deepEqual(applied, []);
  t.is(JSON.stringify([ledger.registers, { ...ledger.settings, link: 0 }]), before);
});

test('a flood of refusals makes an event every ten minutes, which names the first', t => {
  const { desk, clock, events, details } = makeDesk();
  for (let k = 0; k < 1000; k++) {
    desk.receive('credit', Uint8Array.of(1, k >> 8, k));
    desk.receive('nonsense', Uint8Array.of(1, k >> 8, k));
    clock.advance(1200);
  }
  t.deepEqual(events, ['directiveRefused', 'directiveRefused']);
  t.deepEqual(details, [detailText('credit malformed'), detailText('credit malformed')]);
  t.deepEqual(desk.refused, { malformed: 1000, unknown: 1000 });
});

test('a message too large to be taken in is a refusal; one that comes with every connection is told of once', t => {
  const { desk, clock, applied, details } = makeDesk();
  for (const stream of ['credit', 'credit', 'answer', 'nonsense']) {
    desk.refuseOversized(stream, new Uint8Array(150));
    clock.advance(600_000);
  }
  t.deepEqual(details, [detailText('credit oversized'), detailText('directive oversized')]);
  t.deepEqual(desk.refused, { oversized: 4 });
  desk.receive('credit', credit(5));
  t.deepEqual(applied, ['credit']);
});

test('one message that is refused again and again is told of once, and so is the next', t => {
  const { desk, clock, details } = makeDesk();
  const foreign = signed('supply', { version: 9, state: 0, powerLimit: 0, until: 0 }, { signer: STRANGER });
  const later = signed('supply', { version: 10, state: 0, powerLimit: 0, until: 0 }, { signer: STRANGER });
  for (const payload of [foreign, foreign, later, later]) {
    desk.receive('supply', payload);
    clock.advance(600_000);
  }
  t.deepEqual(details, [detailText('supply wrong-signer'), detailText('supply wrong-signer')]);
  t.deepEqual(desk.refused, { 'wrong-signer': 4 });
});

test('what was obeyed is passed over in silence when it comes again, also once its signer commands no more', t => {
  const { desk, ledger, clock, events } = makeDesk();
  const masters = { owner: STRANGER.address, operator: STRANGER.address };
  const obeyed: [DirectiveKind, Uint8Array][] = [
    ['credit', credit(1000)],
    ['tariff', signed('tariff', { version: 1, validFrom: 0, feedInFactor: 800, bands: [] })],
    ['supply', signed('supply', { version: 1, state: 0, powerLimit: 0, until: 0 })],
    ['policy', signed('policy', POLICY, { signer: OWNER })],
    ['acknowledged', signed('acknowledged', { sequence: 5 })],
    ['firmware', signed('firmware', RELEASE, { signer: OWNER })],
    ['roles', signed('roles', { version: 2, ...masters }, { signer: OWNER })],
  ];
  // as the updater does when it starts what was released
  ledger.update({ triedFirmware: RELEASE.version });
  for (const [kind, payload] of obeyed) desk.receive(kind, payload);
  const told = events.length;
  for (let connection = 0; connection < 10; connection++) {
    clock.advance(3_600_000);
    for (const [kind, payload] of obeyed) t.is(desk.receive(kind, payload), 'stale', kind);
  }
  t.is(events.length, told);
  t.deepEqual(desk.refused, {});
});

test('an empty message, which clears what the broker retained, means nothing', t => {
  const { desk, events } = makeDesk();
  for (const stream of [...TOPICS, 'nonsense']) desk.receive(stream, new Uint8Array());
  t.deepEqual(desk.refused, {});
  t.deepEqual(events, []);
});

test('after the roles rotate the old owner and operator are refused, and the new obeyed', t => {
  const { desk, ledger } = makeDesk();
  const rotate = { version: 2, owner: STRANGER.address, operator: new Uint8Array(20) };
  desk.receive('roles', signed('roles', rotate, { signer: OWNER }));
  desk.receive('credit', credit(1000));
  desk.receive('credit', signed('credit', { credited: 1000, withdrawn: 0 }, { signer: OWNER }));
  desk.receive('roles', signed('roles', { ...rotate, version: 3, owner: OWNER.address }, { signer: OWNER }));
  t.deepEqual(desk.refused, { 'wrong-signer': 3 });
  t.is(ledger.registers.credited as number, 0);
  desk.receive('credit', signed('credit', { credited: 2000, withdrawn: 0 }, { signer: STRANGER }));
  t.is(ledger.registers.credited as number, 2000);
});

test('a credit that only withdraws is told with what is credited in truth', t => {
  const { desk, ledger, details } = makeDesk();
  desk.receive('credit', credit(1000));
  desk.receive('credit', signed('credit', { credited: 10, withdrawn: 5 }));
  t.like(ledger.registers, { credited: 1000, withdrawn: 5 });
  t.deepEqual(details, [detailNumber(1000), detailNumber(1000)]);
});

test('arbitrary bytes on any topic throw nothing and change nothing', t => {
  const { desk, ledger, region } = makeDesk();
  const { writes } = region;
  const stream = fc.oneof(fc.constantFrom(...TOPICS), fc.string());
  fc.assert(
    fc.property(stream, fc.uint8Array({ maxLength: 300 }), (topic, bytes) => void desk.receive(topic, bytes)),
    { numRuns: 2000 },
  );
  t.is(region.writes, writes);
  t.is(ledger.registers.credited as number, 0);
});

test('any well-formed message that its owner signed throws nothing and never lowers a register', t => {
  const { desk, ledger } = makeDesk();
  const property = fc.property(
    fc.constantFrom(...TOPICS).chain(kind => fc.tuple(fc.constant(kind), anyMessage(DIRECTIVES[kind].type))),
    ([kind, any]) => {
      // afterwards the owner would be none
      if (kind === 'roles' || kind === 'reset') return;
      const { credited, withdrawn } = ledger.registers;
      const { acknowledged } = ledger;
      const { order, policy } = ledger.settings;
      const type: (typeof DIRECTIVES)[DirectiveKind]['type'] = DIRECTIVES[kind].type;
      const message = { ...any, m3terId: LINK.m3terId } as never;
      desk.receive(kind, encodeEnvelope(type, message, domain.sign(type, message, OWNER.privateKey)));
      const { registers, settings } = ledger;
      return (
        registers.credited >= credited &&
        registers.withdrawn >= withdrawn &&
        ledger.acknowledged >= acknowledged &&
        ledger.acknowledged <= 5 &&
        settings.order.version >= order.version &&
        settings.policy.version >= policy.version
      );
    },
  );
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});

test('a well-signed directive with one bit changed anywhere is refused', t => {
  const { desk, ledger } = makeDesk();
  const payload = signed('supply', { version: 9, state: 0, powerLimit: 3000, until: 1_900_000_000 });
  for (let bit = 0; bit < payload.length * 8; bit++) {
    const changed = payload.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    desk.receive('supply', changed);
  }
  t.is(ledger.settings.order.version, 0);
  t.is(
    Object.values(desk.refused).reduce((sum, count) => sum + count, 0),
    payload.length * 8,
  );
});

test('the message types that look alike are told apart by what was signed', t => {
  const { desk, ledger } = makeDesk();
  const roles = { m3terId: 7n, version: 9, owner: STRANGER.address, operator: STRANGER.address };
  const order = { m3terId: 7n, version: 9, state: 0, powerLimit: 0, until: 0 };
  desk.receive('supply', encodeEnvelope(SUPPLY_ORDER, order, domain.sign(ROLES, roles, OWNER.privateKey)));
  t.is(ledger.settings.order.version, 0);
  t.deepEqual(desk.refused, { 'wrong-signer': 1 });
});
