import test from 'ava';
import fc from 'fast-check';
import { ZERO_ADDRESS } from '../../../firmware/attest/address';
import type { SigningKey } from '../../../firmware/attest/device-key';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { DIRECTIVES, type DirectiveKind, isDirectiveKind } from '../../../firmware/directives/directive';
import { verifyDirective } from '../../../firmware/directives/verify';
import { MAX_ENERGY } from '../../../firmware/energy';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { meterTopic } from '../../../firmware/link/topics';
import { signDirective } from '../../../simulator/directive';
import { crypto, key, REGISTRY } from '../../support/messages';

const M3TER_ID = 2n ** 200n + 7n;
const [owner, operator, stranger] = [key(1), key(2), key(3)];
const domain = new SigningDomain(crypto, { chainId: 100, registry: REGISTRY });
const authority = { domain, m3terId: M3TER_ID, owner: owner.address, operator: operator.address };
const registrar = key(4);

const MESSAGES = {
  credit: { m3terId: M3TER_ID, credited: 2_000_000, withdrawn: 0 },
  tariff: {
    ...{ m3terId: M3TER_ID, version: 5, validFrom: 1_800_000_000, feedInFactor: 800 },
    bands: [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 700 }],
  },
  supply: { m3terId: M3TER_ID, version: 3, state: 0, powerLimit: 0, until: 0 },
  policy: {
    ...{ ...INITIAL_POLICY, m3terId: M3TER_ID, version: 4, sealed: 0 },
    ...{ nominalVoltage: 120, sag: 880, swell: 1120, interruption: 10 },
  },
  roles: { m3terId: M3TER_ID, version: 2, owner: stranger.address, operator: ZERO_ADDRESS },
  reset: { m3terId: M3TER_ID, version: 6 },
  acknowledged: { m3terId: M3TER_ID, sequence: 96 },
  firmware: {
    ...{ m3terId: M3TER_ID, version: 7, hash: new Uint8Array(32).fill(0x60) },
    url: 'https://example.org/m3ter/7.bin?board=esp32',
  },
};
const KINDS = Object.keys(DIRECTIVES) as DirectiveKind[];

function sign(kind: DirectiveKind, signer: SigningKey, changes: object = {}, within = domain): Uint8Array {
  return signDirective(within, signer, kind, { ...MESSAGES[kind], ...changes } as never).payload;
}

for (const kind of KINDS) {
  test(`${kind} by the owner is obeyed`, t => {
    const verified = verifyDirective(authority, kind, sign(kind, owner));
    const expected = { kind, message: MESSAGES[kind], signer: owner.address };
    t.deepEqual(verified as unknown, { ok: true, value: expected });
  });

  test(`${kind} by a stranger, for another meter, chain or registry is refused`, t => {
    const refusal = (bytes: Uint8Array) => {
      const verified = verifyDirective(authority, kind, bytes);
      return verified.ok ? 'obeyed' : verified.fault;
    };
    t.is(refusal(sign(kind, stranger)), 'wrong-signer');
    t.is(refusal(sign(kind, owner, { m3terId: 7n })), 'wrong-meter');
    const chain = new SigningDomain(crypto, { chainId: 1, registry: REGISTRY });
    const registry = new SigningDomain(crypto, { chainId: 100, registry: new Uint8Array(20).fill(1) });
    t.is(refusal(sign(kind, owner, {}, chain)), 'wrong-signer');
    t.is(refusal(sign(kind, owner, {}, registry)), 'wrong-signer');
  });

  test(`no change of a byte of ${kind} is obeyed`, t => {
    const bytes = sign(kind, owner);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (k, flip) => {
        const changed = bytes.map((byte, index) => (index === k ? byte ^ flip : byte));
        t.false(verifyDirective(authority, kind, changed).ok);
      }),
      { numRuns: 60 },
    );
  });

  test(`${kind} under the topic of another kind is refused`, t => {
    for (const other of KINDS)
      if (other !== kind) t.false(verifyDirective(authority, other, sign(kind, owner)).ok);
  });
}

test('the operator may sell, set the tariff, order and acknowledge, but neither say who commands nor break the seal', t => {
  for (const kind of ['credit', 'tariff', 'supply', 'acknowledged'] as const)
    t.true(verifyDirective(authority, kind, sign(kind, operator)).ok);
  for (const kind of ['policy', 'roles', 'reset', 'firmware'] as const)
    t.deepEqual(verifyDirective(authority, kind, sign(kind, operator)), { ok: false, fault: 'wrong-signer' });
});

test('the registrar may say who commands and reset the meter, and nothing else', t => {
  const registered = { ...authority, registrar: registrar.address };
  for (const kind of KINDS) {
    const { ok } = verifyDirective(registered, kind, sign(kind, registrar));
    t.is(ok, kind === 'roles' || kind === 'reset', kind);
    t.false(verifyDirective(authority, kind, sign(kind, registrar)).ok, `${kind} without a registrar`);
    t.false(verifyDirective({ ...registered, registrar: ZERO_ADDRESS }, kind, sign(kind, registrar)).ok);
  }
});

test('what the meter cannot hold is refused', t => {
  const cases: [DirectiveKind, object][] = [
    ['credit', { credited: MAX_ENERGY + 1 }],
    ['credit', { withdrawn: MAX_ENERGY + 1 }],
    ['supply', { state: 2 }],
    ['policy', { sealed: 2 }],
    ['policy', { nominalVoltage: 99 }],
    ['policy', { nominalVoltage: 501 }],
    ['policy', { interruption: 0 }],
    ['policy', { interruption: 880 }],
    ['policy', { sag: 10 }],
    ['policy', { sag: 1000 }],
    ['policy', { swell: 1000 }],
    ['policy', { swell: 2001 }],
    ['roles', { owner: ZERO_ADDRESS }],
    ['acknowledged', { sequence: 2 ** 32 }],
    ['firmware', { url: '' }],
    ['firmware', { url: 'ftp://example.org/7.bin' }],
    ['firmware', { url: `http://example.org/${'7'.repeat(182)}` }],
  ];
  for (const [kind, changes] of cases)
    t.deepEqual(verifyDirective(authority, kind, sign(kind, owner, changes)), {
      ok: false,
      fault: 'out-of-range',
    });
  t.true(verifyDirective(authority, 'credit', sign('credit', owner, { credited: MAX_ENERGY })).ok);
  const widest = { nominalVoltage: 500, sag: 999, swell: 2000, interruption: 998 };
  const narrowest = { nominalVoltage: 100, sag: 2, swell: 1001, interruption: 1 };
  for (const limits of [widest, narrowest])
    t.true(verifyDirective(authority, 'policy', sign('policy', owner, limits)).ok);
});

test('a tariff of sixteen bands is obeyed, and one of more, or with a band that holds at no time, is out of range', t => {
  const widest = { fromMinute: 1439, toMinute: 1440, days: 127, factor: 0xffff };
  const refusal = (bands: readonly object[]) => {
    const message = { version: 0xffffffff, validFrom: 2 ** 53 - 1, feedInFactor: 0xffff, bands };
    const verified = verifyDirective(authority, 'tariff', sign('tariff', owner, message));
    return verified.ok ? 'obeyed' : verified.fault;
  };
  t.is(refusal([]), 'obeyed');
  t.is(refusal(new Array(16).fill(widest)), 'obeyed');
  t.is(refusal(new Array(17).fill(widest)), 'out-of-range');
  for (const change of [{ toMinute: 1441 }, { toMinute: 1439 }, { days: 0 }, { days: 128 }])
    t.is(refusal([{ ...widest, ...change }]), 'out-of-range');
  // What a meter can neither hold nor unpack.
  t.is(refusal(new Array(27).fill(widest)), 'malformed');
});

test('a signature that is none is told apart', t => {
  const bytes = sign('credit', owner);
  // after the map's head and key 0 and the byte string's head: r begins at 4
  bytes.fill(0xff, 4, 36);
  t.deepEqual(verifyDirective(authority, 'credit', bytes), { ok: false, fault: 'bad-signature' });
});

test('garbage is refused as malformed', t => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 300 }), (kind, bytes) =>
      t.deepEqual(verifyDirective(authority, kind, bytes), { ok: false, fault: 'malformed' }),
    ),
  );
});

test('topics tell chain, meter and kind', t => {
  t.is(meterTopic(100, 7n, 'credit'), 'm3ter/100/7/credit');
  t.true(isDirectiveKind('roles'));
  for (const text of ['toString', 'reading', '']) t.false(isDirectiveKind(text));
});
