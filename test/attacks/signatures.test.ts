import test from 'ava';
import { concat } from '../../firmware/bytes';
import { crypto } from '../support/messages';
import { OPERATOR } from '../support/meter-rig';
import { type Attack, attack, LOOT, Siege } from './attack';
import { CREDIT, digestOf, envelope, signWords, uint, withSignature, word } from './forge';

/** The order of secp256k1's group (SEC 2, §2.4.1), and the x of its generator. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const MUCH = { credited: LOOT, withdrawn: 0 };
const WORDS = [7n, BigInt(LOOT), 0n] as const;

interface Parts {
  readonly r: bigint;
  readonly s: bigint;
  readonly v: number;
}

/** A credit by the operator whose signature was changed. */
function tampered(
  title: string,
  change: (parts: Parts) => Partial<Parts>,
  refused: Attack['refused'] = 'bad-signature',
): void {
  const changed = (signature: Uint8Array) => {
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)].map(number) as [bigint, bigint];
    const parts = { r, s, v: signature[64] as number };
    const after = { ...parts, ...change(parts) };
    return concat(word(after.r), word(after.s), Uint8Array.of(after.v));
  };
  attack(title, {
    on: 'credit',
    refused,
    make: rig => withSignature(rig.directive('credit', MUCH), changed),
  });
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

test('a credit put together by hand is obeyed when all of it is right', async t => {
  const { rig } = await Siege.lay();
  await rig.publish(
    'credit',
    envelope(signWords(OPERATOR, CREDIT, WORDS), ...WORDS.map(value => uint(value))),
  );
  t.is(rig.meter.registers?.credited, LOOT);
});

tampered('the other signature of the same message: high s', ({ s, v }) => ({ s: ORDER - s, v: 55 - v }));
tampered('high s with the same v', ({ s }) => ({ s: ORDER - s }));
tampered('the other recovery bit', ({ v }) => ({ v: 55 - v }), 'wrong-signer');
for (const v of [0, 1, 26, 29, 35, 255]) tampered(`v of ${v}`, () => ({ v }));
tampered('v of 0 or 1, as of the same bit', ({ v }) => ({ v: v - 27 }));
tampered("v of a signature over the chain's id, EIP-155", ({ v }) => ({ v: (v + 8 + 200) % 256 }));
tampered('r of zero', () => ({ r: 0n }));
tampered('s of zero', () => ({ s: 0n }));
tampered('nothing but zeros', () => ({ r: 0n, s: 0n, v: 0 }));
tampered('zeros with a v of 27', () => ({ r: 0n, s: 0n, v: 27 }));
tampered("r of the group's order", () => ({ r: ORDER }));
tampered("r beyond the group's order", () => ({ r: ORDER + 1n }));
tampered("s of the group's order", () => ({ s: ORDER }));
tampered('all bits of r and s set', () => ({ r: -1n, s: -1n }));
tampered('r that is the x of no point', () => ({ r: 5n }));
tampered('r and s exchanged', ({ r, s }) => ({ r: s, s: r }), ['wrong-signer', 'bad-signature']);
tampered('s of the opposite sign, modulo 2²⁵⁶', ({ s }) => ({ s: -s }));

tampered('a signature that recovers to the point at infinity', () => {
  // Q = r⁻¹(sR − eG) is that when R = G and s = e, or R = −G and s = −e
  const e = number(digestOf(CREDIT, WORDS)) % ORDER;
  const isLow = e <= ORDER / 2n;
  // the generator's y is even
  return { r: GENERATOR_X, s: isLow ? e : ORDER - e, v: isLow ? 27 : 28 };
});

attack('a signature by the key of one', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => {
    const digest = digestOf(CREDIT, WORDS);
    return envelope(crypto.sign(digest, word(1n)), ...WORDS.map(value => uint(value)));
  },
});

for (const [title, change] of [
  ['a signature of 64 bytes', signature => signature.subarray(0, 64)],
  ['a compact signature of EIP-2098', compact],
  ['a signature of 66 bytes', signature => concat(signature, Uint8Array.of(27))],
  ['a signature with its v in front', signature => concat(signature.subarray(64), signature.subarray(0, 64))],
  ['no signature', () => new Uint8Array(0)],
  ['a signature twice', signature => concat(signature, signature)],
] as readonly [string, (signature: Uint8Array) => Uint8Array][])
  attack(title, {
    on: 'credit',
    refused: title.includes('front') ? ['bad-signature', 'wrong-signer'] : 'malformed',
    make: rig => withSignature(rig.directive('credit', MUCH), change),
  });

attack('the signature of another message', {
  on: 'credit',
  refused: 'wrong-signer',
  make: rig => {
    const earlier = rig.directive('acknowledged', { sequence: 1 }).slice(4, 69);
    return withSignature(rig.directive('credit', MUCH), () => earlier);
  },
});

attack('a genuine credit with its total raised', {
  on: 'credit',
  refused: 'wrong-signer',
  make: () => envelope(signWords(OPERATOR, CREDIT, [7n, 1_000n, 0n]), ...WORDS.map(value => uint(value))),
});

attack('a bit flipped in each byte of the signature', {
  on: 'credit',
  refused: ['wrong-signer', 'bad-signature'],
  make: rig => {
    const payload = rig.directive('credit', MUCH);
    return Array.from({ length: 65 }, (_, k) =>
      withSignature(payload, signature =>
        signature.map((byte, j) => (j === k ? byte ^ (1 << (k % 8)) : byte)),
      ),
    );
  },
});

/** r and s, the recovery bit in the top of s */
function compact(signature: Uint8Array): Uint8Array {
  const short = signature.slice(0, 64);
  short[32] = (short[32] as number) | (((signature[64] as number) - 27) << 7);
  return short;
}
