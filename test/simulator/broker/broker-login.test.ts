import test from 'ava';
import type { SigningKey } from '../../../firmware/attest/device-key';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { toHex } from '../../../firmware/bytes';
import { brokerLogin } from '../../../firmware/link/broker-login';
import {
  checkLogin,
  firstCome,
  type LoginAttempt,
  type LoginTerms,
} from '../../../simulator/broker/broker-login';
import { crypto, key, REGISTRY } from '../../support/messages';

const DAY = 86_400;
const NOON = 20_000 * DAY + DAY / 2;
const domain = new SigningDomain(crypto, { chainId: 100, registry: REGISTRY });
const device = key(42);
const other = key(43);

interface Said {
  readonly broker?: string;
  readonly time?: number;
  readonly m3terId?: bigint;
  readonly as?: SigningDomain;
  readonly signer?: SigningKey;
}

function attempt({ broker = 'broker', time = NOON, m3terId = 7n, as = domain, signer = device }: Said = {}) {
  return {
    clientId: `m3ter-${m3terId}-${toHex(signer.address)}`,
    ...brokerLogin(as, signer, m3terId, broker, time),
  };
}

function fault(said: LoginAttempt, change: Partial<LoginTerms> = {}): string {
  const terms = { domain, names: ['localhost', 'broker'], now: () => NOON, isLinked: firstCome() };
  const login = checkLogin(said, { ...terms, ...change });
  return login.ok ? `welcome ${login.value}` : login.fault;
}

test('a meter is known by what it logs in with, by any of the broker’s names', t => {
  t.is(fault(attempt()), 'welcome 7');
  t.is(fault(attempt({ broker: 'localhost' })), 'welcome 7');
  t.is(fault(attempt({ m3terId: (1n << 256n) - 1n })), `welcome ${(1n << 256n) - 1n}`);
});

test('yesterday’s and tomorrow’s day is as good as today’s, and no other, nor that of a meter without a time', t => {
  const faults = [-2, -1, 0, 1, 2].map(days => fault(attempt({ time: NOON + days * DAY })));
  t.deepEqual(faults, ['wrong-signature', 'welcome 7', 'welcome 7', 'welcome 7', 'wrong-signature']);
  t.is(fault(attempt({ time: 0 })), 'wrong-signature');
});

test('a password is of no use at another broker, for another M3ter, registry or chain', t => {
  t.is(fault(attempt(), { names: ['evil.example'] }), 'wrong-signature');
  const asAnother = { ...attempt(), clientId: attempt({ m3terId: 8n }).clientId };
  t.is(fault(asAnother), 'wrong-signature');
  for (const registry of [
    { chainId: 101, registry: REGISTRY },
    { chainId: 100, registry: other.address },
  ])
    t.is(fault(attempt({ as: new SigningDomain(crypto, registry) })), 'wrong-signature');
});

test('a device cannot log in as another: neither with its name, nor with its client identifier', t => {
  const { password } = attempt({ signer: other });
  t.is(fault({ ...attempt(), password }), 'wrong-signature');
  t.is(fault({ ...attempt({ signer: other }), clientId: attempt().clientId }), 'malformed');
});

test('a device that is not that M3ter’s is turned away, though what it signed is right', t => {
  const isLinked = firstCome();
  t.is(fault(attempt(), { isLinked }), 'welcome 7');
  t.is(fault(attempt({ signer: other }), { isLinked }), 'not-linked');
  t.is(fault(attempt(), { isLinked }), 'welcome 7');
  t.is(fault(attempt({ signer: other, m3terId: 8n }), { isLinked }), 'welcome 8');
});

test('whoever has not signed takes nobody’s place', t => {
  const isLinked = firstCome();
  const { password } = attempt({ time: 0, signer: other });
  t.is(fault({ ...attempt({ signer: other }), password }, { isLinked }), 'wrong-signature');
  t.is(fault(attempt(), { isLinked }), 'welcome 7');
});

test('what is no login is malformed, and throws nothing', t => {
  const right = attempt();
  const wrong: Partial<LoginAttempt>[] = [
    { clientId: '' },
    { clientId: 'm3ter-' },
    { clientId: `${right.clientId}0` },
    { clientId: right.clientId.replace('-7-', '--') },
    { clientId: right.clientId.replace('-7-', '--7-') },
    { clientId: right.clientId.replace('-7-', `-${1n << 256n}-`) },
    { username: '' },
    { username: 'admin' },
    { username: right.username.slice(2) },
    { password: '' },
    { password: '0x' },
    { password: `${right.password}00` },
    { password: right.password.replace('0x', '0xzz') },
  ];
  for (const change of wrong) t.is(fault({ ...right, ...change }), 'malformed', JSON.stringify(change));
  const zeros = `0x${'00'.repeat(65)}`;
  t.is(fault({ ...right, password: zeros }), 'wrong-signature');
});
