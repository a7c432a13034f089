import { keccak_256 } from '@noble/hashes/sha3.js';
import test from 'ava';
import { concat } from '../../firmware/bytes';
import { crypto } from '../support/messages';
import { DEVICE, LINK, M3TER_ID, OPERATOR, OWNER } from '../support/meter-rig';
import { attack, CREDITED, LOOT, ORDER, Siege, TARIFF } from './attack';
import { ACKNOWLEDGEMENT, bignum, CREDIT, digestOf, envelope, signWords, uint } from './forge';

const MUCH = { credited: LOOT, withdrawn: 0 };
/** The meter's id, and 2⁶⁴ */
const ALIKE = 2n ** 64n + M3TER_ID;
const ALIKE_ITEM = bignum(1, 0, 0, 0, 0, 0, 0, 0, 7);

attack("another meter's credit", {
  on: 'credit',
  refused: 'wrong-meter',
  make: rig => rig.directive('credit', { ...MUCH, m3terId: 8n }),
});

attack('the credit of a meter whose id is the same modulo 2⁶⁴', {
  on: 'credit',
  refused: 'wrong-meter',
  make: rig =>
    [64n, 128n, 192n, 255n].map(bits => rig.directive('credit', { ...MUCH, m3terId: 2n ** bits + M3TER_ID })),
});

attack("an id that is the same modulo 2⁶⁴ in a message that was signed for the meter's own", {
  on: 'credit',
  refused: 'wrong-meter',
  make: () => envelope(signWords(OPERATOR, CREDIT, [7n, BigInt(LOOT), 0n]), ALIKE_ITEM, uint(LOOT), uint(0)),
});

attack("the meter's own id in a message that was signed for one that is the same modulo 2⁶⁴", {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => envelope(signWords(OPERATOR, CREDIT, [ALIKE, BigInt(LOOT), 0n]), uint(7), uint(LOOT), uint(0)),
});

attack('a credit for the same meter on another chain', {
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => rig.directive('credit', MUCH, OWNER, { ...LINK, chainId: 1 }),
});

attack('a credit for the meter of that number in another registry', {
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => rig.directive('credit', MUCH, OWNER, { ...LINK, registry: new Uint8Array(20).fill(1) }),
});

for (const names of [{ name: 'M3ter2' }, { version: '2' }])
  attack(`a credit for a protocol of another ${Object.keys(names)}`, {
    on: 'credit',
    refused: 'wrong-signer',
    make: () =>
      envelope(signWords(OPERATOR, CREDIT, [7n, BigInt(LOOT), 0n], names), uint(7), uint(LOOT), uint(0)),
  });

attack('a struct of the same fields by another name', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => {
    const type = CREDIT.replace('Credit', 'Refund');
    return envelope(signWords(OPERATOR, type, [7n, BigInt(LOOT), 0n]), uint(7), uint(LOOT), uint(0));
  },
});

attack('a struct whose fields have changed places', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => {
    const type = 'Credit(uint256 m3terId,uint64 withdrawn,uint64 credited)';
    return envelope(signWords(OPERATOR, type, [7n, 0n, BigInt(LOOT)]), uint(7), uint(LOOT), uint(0));
  },
});

attack('a struct whose fields are of another width', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => {
    const type = CREDIT.replaceAll('uint64', 'uint256');
    return envelope(signWords(OPERATOR, type, [7n, BigInt(LOOT), 0n]), uint(7), uint(LOOT), uint(0));
  },
});

attack('an acknowledgement stretched to a credit', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () =>
    envelope(signWords(OPERATOR, ACKNOWLEDGEMENT, [7n, BigInt(LOOT)]), uint(7), uint(LOOT), uint(0)),
});

attack('the digest signed as a plain message, EIP-191', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => {
    const digest = digestOf(CREDIT, [7n, BigInt(LOOT), 0n]);
    const prefix = new Uint8Array(Buffer.from('\x19Ethereum Signed Message:\n32'));
    const signature = crypto.sign(keccak_256(concat(prefix, digest)), OPERATOR.privateKey);
    return envelope(signature, uint(7), uint(LOOT), uint(0));
  },
});

attack("a credit by the meter's own key", {
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => rig.directive('credit', MUCH, DEVICE),
});

for (const own of ['link', 'reading', 'event'] as const)
  attack(`the meter's own ${own}s sent back to it as credit`, {
    on: 'credit',
    refused: 'malformed',
    make: rig => rig.payloads(own),
  });

for (const other of ['supply', 'tariff', 'policy', 'roles', 'acknowledged'])
  attack(`a genuine credit on the topic of ${other}`, {
    on: other,
    refused: 'malformed',
    make: rig => rig.directive('credit', MUCH),
  });

attack('a genuine order on the topic of tariffs, which have as many fields', {
  on: 'tariff',
  refused: 'malformed',
  make: rig => rig.directive('supply', { ...ORDER, version: 99 }),
});

attack('a genuine tariff on the topic of orders, which have as many fields', {
  on: 'supply',
  refused: 'malformed',
  make: rig => rig.directive('tariff', { ...TARIFF, version: 99 }),
});

for (const topic of [
  'm3ter/100/8/credit',
  'm3ter/101/7/credit',
  'm3ter/100/7',
  'x/m3ter/100/7/credit',
  'm3ter/100/07/credit',
])
  test(`a genuine credit on the topic ${topic}`, async t => {
    const siege = await Siege.lay();
    siege.rig.peers
      .at(-1)
      ?.publish(topic, siege.rig.directive('credit', { credited: CREDITED + 1, withdrawn: 0 }), 1);
    await siege.rig.settle();
    t.deepEqual(siege.refused(), { unknown: 1 });
    await siege.assertHeld(t);
  });
