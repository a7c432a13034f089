import test from 'ava';
import { applyDirective, type LedgerDirective, type Outcome } from '../../../firmware/directives/apply';
import type { DirectiveKind, DirectiveMessage } from '../../../firmware/directives/directive';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { key } from '../../support/messages';

const LAST_READING = 5;

function open() {
  const region = new EmulatedFlash({ size: 4096, sectorSize: 1024, prng: new Prng('apply') });
  const boot = () => {
    const opened = Ledger.open(region);
    if (!opened.ok) throw new Error(opened.fault);
    return opened.value;
  };
  return { region, boot, ledger: boot() };
}

function apply<Kind extends DirectiveKind>(
  ledger: Ledger,
  kind: Kind,
  message: Omit<DirectiveMessage<Kind>, 'm3terId'>,
  now?: number,
): Outcome {
  const directive = { kind, message: { m3terId: 7n, ...message }, signer: new Uint8Array(20) };
  return applyDirective(ledger, directive as unknown as LedgerDirective, LAST_READING, now);
}

const supply = (version: number, state = 1) => ({ version, state, powerLimit: 0, until: 0 });
const policy = (version: number, sealed: number) => ({
  ...INITIAL_POLICY,
  ...{ version, sealed, nominalVoltage: 120, emergencyCredit: 2000 },
});
const roles = (version: number, number: number) => ({
  version,
  owner: key(number).address,
  operator: key(number + 1).address,
});

test('a credit raises the registers to its totals, once, and a lower one changes nothing', t => {
  const { boot } = open();
  let ledger = boot();
  t.is(apply(ledger, 'credit', { credited: 1000, withdrawn: 100 }), 'applied');
  t.is(apply(ledger, 'credit', { credited: 1000, withdrawn: 100 }), 'stale');
  t.is(apply(ledger, 'credit', { credited: 900, withdrawn: 0 }), 'stale');
  ledger = boot();
  t.like(ledger.registers, { credited: 1000, withdrawn: 100 });
  t.is(apply(ledger, 'credit', { credited: 900, withdrawn: 200 }), 'applied');
  t.like(boot().registers, { credited: 1000, withdrawn: 200 });
});

test('a credit that withdraws what was never bought is impossible', t => {
  const { ledger } = open();
  t.is(apply(ledger, 'credit', { credited: 1000, withdrawn: 1001 }), 'impossible');
  t.like(ledger.registers, { credited: 0, withdrawn: 0 });
});

test('of orders, policies and roles the highest version stands, in whatever order they come', t => {
  const { boot } = open();
  let ledger = boot();
  t.is(apply(ledger, 'supply', supply(3, 0)), 'applied');
  t.is(apply(ledger, 'supply', supply(2)), 'stale');
  t.is(apply(ledger, 'supply', supply(3)), 'stale');
  ledger = boot();
  t.like(ledger.settings.order, { version: 3, state: 0 });
  t.is(apply(ledger, 'policy', policy(3, 0)), 'applied');
  t.is(apply(ledger, 'policy', policy(2, 1)), 'stale');
  t.is(apply(ledger, 'policy', policy(3, 1)), 'stale');
  t.deepEqual(ledger.settings.policy, policy(3, 0));
  ledger = boot();
  t.deepEqual(ledger.settings.policy, policy(3, 0));
  t.is(apply(ledger, 'roles', roles(2, 10)), 'applied');
  t.is(apply(ledger, 'roles', roles(1, 20)), 'stale');
  t.is(apply(ledger, 'roles', roles(2, 20)), 'stale');
  t.deepEqual(boot().settings.roles, roles(2, 10));
});

test('of tariffs the highest version stands: in place of the present one once it holds, beside it until then', t => {
  const { boot } = open();
  let ledger = boot();
  const tariff = (version: number, validFrom = 0) => ({
    ...{ version, validFrom, feedInFactor: 800 },
    bands: [{ fromMinute: 1020, toMinute: 1320, days: 31, factor: 1500 }],
  });
  t.is(apply(ledger, 'tariff', tariff(2)), 'applied');
  t.is(apply(ledger, 'tariff', tariff(1)), 'stale');
  t.is(apply(ledger, 'tariff', tariff(2, 7)), 'stale');
  ledger = boot();
  t.deepEqual(ledger.tariffs, [tariff(2)]);
  t.is(apply(ledger, 'tariff', tariff(4, 2000), 1000), 'applied');
  ledger = boot();
  t.deepEqual(ledger.tariffs, [tariff(2), tariff(4, 2000)]);
  t.is(apply(ledger, 'tariff', tariff(3, 500), 1000), 'stale');
  t.is(apply(ledger, 'tariff', tariff(5, 3000)), 'applied', 'though the time is unknown');
  ledger = boot();
  t.deepEqual(ledger.tariffs, [tariff(2), tariff(5, 3000)]);
  t.is(apply(ledger, 'tariff', tariff(6, 1000), 1000), 'applied');
  t.deepEqual(boot().tariffs, [{ ...tariff(6, 1000), validFrom: 0 }], 'from ever on');
});

test('an acknowledgement counts up to the last reading made, and never back', t => {
  const { ledger } = open();
  t.is(apply(ledger, 'acknowledged', { sequence: LAST_READING + 1 }), 'impossible');
  t.is(ledger.acknowledged, 0);
  t.is(apply(ledger, 'acknowledged', { sequence: LAST_READING }), 'applied');
  t.is(apply(ledger, 'acknowledged', { sequence: 4 }), 'stale');
  t.is(ledger.acknowledged, LAST_READING);
});

test('on flash that fails nothing changes', t => {
  const { ledger, region } = open();
  for (let sector = 0; sector < 4; sector++) region.wearOut(sector, 'refuses');
  t.is(apply(ledger, 'credit', { credited: 1000, withdrawn: 0 }), 'flash-failed');
  t.is(apply(ledger, 'supply', supply(1, 0)), 'flash-failed');
  t.is(apply(ledger, 'policy', policy(1, 0)), 'flash-failed');
  t.is(apply(ledger, 'tariff', { version: 1, validFrom: 0, feedInFactor: 0, bands: [] }), 'flash-failed');
  t.deepEqual(ledger.tariffs, []);
  t.is(apply(ledger, 'roles', roles(1, 10)), 'flash-failed');
  t.is(ledger.registers.credited as number, 0);
  t.is(ledger.settings.order.version, 0);
  t.deepEqual(ledger.settings.policy, INITIAL_POLICY);
  t.is(ledger.settings.roles, undefined);
});
