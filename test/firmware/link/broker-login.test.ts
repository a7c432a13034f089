import test from 'ava';
import type { Packet } from 'mqtt-packet';
import { LOGIN } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { fromHex, toHex } from '../../../firmware/bytes';
import { brokerLogin } from '../../../firmware/link/broker-login';
import { crypto } from '../../support/messages';
import { DEVICE, LINK, M3TER_ID, MeterRig, MINUTE, QUARTER } from '../../support/meter-rig';

const domain = new SigningDomain(crypto, LINK);
const DAY = 86_400;
const today = Math.floor(QUARTER / DAY);

const loginAt = (time: number | undefined, broker = 'broker') =>
  brokerLogin(domain, DEVICE, M3TER_ID, broker, time);

/** Who signed a password, if it is for this broker and day. */
function signerOf(password: string, broker: string, day: number): string {
  const login = { m3terId: M3TER_ID, device: DEVICE.address, broker, day };
  return toHex(domain.signer(LOGIN, login, fromHex(password) as Uint8Array) as Uint8Array);
}

function passwordOf(packet: Packet | undefined): string {
  return packet?.cmd === 'connect' ? String(packet.password) : '';
}

test('the name is the device’s address in lower case, the password its signature for the broker and the day', t => {
  const { username, password } = loginAt(QUARTER);
  t.is(username, `0x${toHex(DEVICE.address)}`);
  t.regex(password, /^0x[0-9a-f]{130}$/);
  t.is(signerOf(password, 'broker', today), toHex(DEVICE.address));
  t.not(signerOf(password, 'elsewhere', today), toHex(DEVICE.address));
  t.not(signerOf(password, 'broker', today + 1), toHex(DEVICE.address));
});

test('the password changes at midnight UTC and at no other moment, and without a time it is that of day 0', t => {
  const midnight = (today + 1) * DAY;
  t.is(loginAt(today * DAY).password, loginAt(midnight - 1).password);
  t.not(loginAt(midnight - 1).password, loginAt(midnight).password);
  t.is(signerOf(loginAt(undefined).password, 'broker', 0), toHex(DEVICE.address));
});

test('a meter logs in anew with each connection, and names itself in the client identifier', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  const [first] = rig.peers[0]?.got('connect') ?? [];
  t.like(first, {
    clientId: `m3ter-${M3TER_ID}-${toHex(DEVICE.address)}`,
    username: `0x${toHex(DEVICE.address)}`,
  });
  t.is(signerOf(passwordOf(first), 'broker', today), toHex(DEVICE.address));
  rig.network.online = false;
  await rig.pass(24 * 60 * MINUTE);
  rig.network.online = true;
  await rig.pass(10 * MINUTE);
  const last = rig.peers.at(-1)?.got('connect')[0];
  t.is(signerOf(passwordOf(last), 'broker', today + 1), toHex(DEVICE.address));
});

test('no window waits for the login: it is signed when the stream to the broker has opened', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  rig.network.online = false;
  await rig.pass(MINUTE);
  const { signatures } = rig;
  await rig.pass(5 * MINUTE);
  t.is(rig.signatures, signatures, 'attempts that find no broker sign nothing');
  rig.network.online = true;
  rig.draw(100);
  t.is(rig.signatures, signatures);
  await rig.pass(5 * MINUTE);
  t.true(rig.signatures > signatures);
});
