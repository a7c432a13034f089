import test from 'ava';
import { Meter } from '../../firmware/meter';
import { MINUTE, STRANGER } from '../support/meter-rig';
import { CREDITED, LOOT, Siege, WITHDRAWN } from './attack';

const MESSAGES = 10_000;

/** A siege that counts how often the meter recovers a signer, which takes a board 100 ms. */
async function countingSiege(): Promise<{ siege: Siege; work: { recovered: number } }> {
  const work = { recovered: 0 };
  const siege = await Siege.lay({
    makeMeter: (host, options) => {
      const recover: typeof host.crypto.recover = (digest, signature) => {
        work.recovered++;
        return host.crypto.recover(digest, signature);
      };
      return new Meter({ ...host, crypto: { ...host.crypto, recover } }, options);
    },
  });
  work.recovered = 0;
  return { siege, work };
}

test('ten thousand messages that are refused write an event every ten minutes, and no more', async t => {
  const { siege, work } = await countingSiege();
  const { rig } = siege;
  const much = { credited: LOOT, withdrawn: 0 };
  const messages: [string, Uint8Array][] = [
    ['credit', Uint8Array.of(0xff)],
    ['credit', rig.directive('credit', { ...much, m3terId: 8n })],
    ['nonsense', rig.directive('credit', much)],
    ['credit', rig.directive('credit', much, STRANGER)],
  ];
  const { operations } = rig.flash.power;
  const { signatures } = rig;
  const events = rig.eventsOf('directiveRefused').length;
  const periods = 4;
  for (let k = 0; k < MESSAGES; k++) {
    const [stream, payload] = messages[k % messages.length] as [string, Uint8Array];
    rig.peers.at(-1)?.publish(`m3ter/100/7/${stream}`, payload, 0);
    if (k % 500 === 499) await rig.settle();
    if ((k + 1) % (MESSAGES / periods) === 0) await rig.pass(10 * MINUTE);
  }
  const each = MESSAGES / messages.length;
  t.deepEqual(siege.refused(), { malformed: each, 'wrong-meter': each, unknown: each, 'wrong-signer': each });
  t.is(work.recovered, each, 'only what is well-formed and for this meter');
  t.is(rig.eventsOf('directiveRefused').length - events, periods);
  // an event, and a reading each quarter of an hour
  t.true(rig.signatures - signatures <= 2 * periods);
  t.true(rig.flash.power.operations - operations <= 10 * periods);
  siege.assertUnmoved(t);
  await siege.assertObedient(t);
});

test('ten thousand copies of a credit that was applied write nothing at all', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const known = rig.directive('credit', { credited: CREDITED, withdrawn: WITHDRAWN });
  const { operations } = rig.flash.power;
  const { signatures } = rig;
  for (let k = 0; k < MESSAGES; k++) {
    rig.peers.at(-1)?.publish('m3ter/100/7/credit', known, 0);
    if (k % 500 === 499) await rig.settle();
  }
  t.is(rig.flash.power.operations, operations);
  t.is(rig.signatures, signatures);
  t.deepEqual(siege.refused(), {});
  await siege.assertHeld(t);
});

test('a thousand messages as long as can be, and more', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  for (let k = 0; k < 1000; k++) {
    rig.peers.at(-1)?.publish('m3ter/100/7/credit', new Uint8Array(3900).fill(k), 0);
    if (k % 20 === 19) await rig.settle();
  }
  t.deepEqual(siege.refused(), { malformed: 1000 });
  await siege.assertHeld(t);
});

test('a thousand connections that end as soon as they are made, each with garbage', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  await rig.publish('credit', Uint8Array.of(0xff));
  const { operations } = rig.flash.power;
  for (let k = 0; k < 1000; k++) {
    rig.peers.at(-1)?.stream.destroy();
    await rig.pass(1000);
  }
  await rig.pass(5 * MINUTE);
  t.true(rig.flash.power.operations - operations < 100);
  siege.assertUnmoved(t);
  await siege.assertObedient(t);
});
