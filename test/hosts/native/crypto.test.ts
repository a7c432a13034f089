import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { toHex } from '../../../firmware/bytes';
import { Prng } from '../../../hosts/mock/prng';
import { BUILD_FOLDER, HOST } from '../../../hosts/native/toolchain/compiler';
import { writeCryptoSource } from '../../../hosts/native/toolchain/crypto-source';
import { compileCryptoHarness } from '../../../hosts/native/toolchain/programs';
import { createCrypto } from '../../../hosts/node/crypto';
import { bytes } from '../../support/messages';
import { type Answer, converse, Fields, int64s, type Request } from './harness';
import { variants } from './variants';

const source = writeCryptoSource();
const { plain, short, sanitized } = variants(toolchain => compileCryptoHarness(toolchain, source));
/** For what is quickly done. */
const CAREFUL = sanitized.program || plain.program;

/** Operations of crypto_harness.c */
const BLIND = 1;
const SIGN = 2;
const RECOVER = 3;
const SHA256 = 4;
const KECCAK256 = 5;
const RESIDUE = 6;
const SHA256_OF_PIECES = 7;

const noble = createCrypto();
/** The order n of secp256k1, and the x of its generator (SEC 2, 2.4.1) */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const FIELD_PRIME = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;

const word = (value: bigint) => bytes(value.toString(16).padStart(64, '0'));
const number = (big: Uint8Array) => BigInt(`0x${toHex(big)}`);
const request = (operation: number, ...parts: readonly Uint8Array[]): Request => ({
  operation,
  fields: new Fields().bytes(...parts),
});
const hex = (answer: Uint8Array | undefined) => answer && toHex(answer);

/** The answers of a process that was blinded first, as the device does when it starts. */
function ask(program: string, requests: readonly Request[]): Answer[] {
  return converse(program, [request(BLIND, word(5n)), ...requests]).slice(1);
}

interface Signing {
  readonly digest: Uint8Array;
  readonly key: Uint8Array;
}

function signings(count: number): Signing[] {
  const prng = new Prng('signings');
  return Array.from({ length: count }, () => ({ digest: prng.bytes(32), key: prng.bytes(32) }));
}

const EDGE_KEYS = [1n, 2n, 3n, (ORDER - 1n) / 2n, (ORDER + 1n) / 2n, ORDER - 2n, ORDER - 1n].map(word);
const EDGE_DIGESTS = [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 255n, 2n ** 256n - 1n].map(word);
const EDGES: Signing[] = EDGE_KEYS.flatMap(key => EDGE_DIGESTS.map(digest => ({ digest, key })));

for (const [{ name, program, run }, count] of [
  [plain, 1000],
  [short, 100],
  [sanitized, 100],
] as const) {
  run(
    `${count} native signatures, ${name}, and those of edge keys and digests are the bytes that noble gives`,
    t => {
      const all = [...EDGES, ...signings(count)];
      const signatures = ask(
        program,
        all.map(({ digest, key }) => request(SIGN, digest, key)),
      );
      const recovered = ask(
        program,
        all.map(({ digest }, k) => request(RECOVER, digest, signatures[k] as Uint8Array)),
      );
      all.forEach(({ digest, key }, k) => {
        const expected = noble.sign(digest, key);
        t.is(hex(signatures[k]), toHex(expected), `key ${toHex(key)}, digest ${toHex(digest)}`);
        t.is(hex(recovered[k]), hex(noble.recover(digest, expected)), `recovered, key ${toHex(key)}`);
      });
    },
  );

  run(`what is no signature is answered by the native code, ${name}, as noble does`, t => {
    const cases = malformed();
    const answers = ask(
      program,
      cases.map(({ digest, signature }) => request(RECOVER, digest, signature)),
    );
    cases.forEach(({ what, digest, signature, refused }, k) => {
      t.is(hex(answers[k]), hex(noble.recover(digest, signature)), what);
      if (refused) t.is(answers[k], undefined, what);
    });
  });
}

interface Malformed {
  readonly what: string;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly refused: boolean;
}

/** The kinds of Project Wycheproof's ecdsa_secp256k1 vectors, as far as they can be written in 65 bytes. */
function malformed(): Malformed[] {
  const digest = word(0x1234n);
  const good = noble.sign(digest, word(7n));
  const [r, s, v] = [number(good.subarray(0, 32)), number(good.subarray(32, 64)), good[64] as number];
  const made = (what: string, refused: boolean, ...[r, s, v]: readonly [bigint, bigint, number]) => ({
    what,
    digest,
    signature: Uint8Array.of(...word(r), ...word(s), v),
    refused,
  });
  const outOfRange = [0n, ORDER, ORDER + 1n, FIELD_PRIME, 2n ** 256n - 1n];
  return [
    made('good', false, r, s, v),
    made('the other v', false, r, s, 55 - v),
    ...outOfRange.map(value => made(`r = ${value}`, true, value, s, v)),
    ...outOfRange.map(value => made(`s = ${value}`, true, r, value, v)),
    made('r = s = 0', true, 0n, 0n, v),
    made('high s', true, r, ORDER - s, v),
    made('high s, the other v', true, r, ORDER - s, 55 - v),
    made('s just above half of n', true, r, (ORDER + 1n) / 2n, v),
    made('s = half of n', false, r, (ORDER - 1n) / 2n, v),
    made('s = n - 1', true, r, ORDER - 1n, v),
    made('r = s = 1', false, 1n, 1n, v),
    ...[0, 1, 2, 3, 26, 29, 30, 31, 35, 255].map(v => made(`v = ${v}`, true, r, s, v)),
    ...Array.from({ length: 20 }, (_, k) =>
      made(`r = ${k + 1}, a point or none`, false, BigInt(k + 1), s, v),
    ),
    ...Array.from({ length: 8 }, (_, k) => made(`x = n + ${k + 1}, v = 29`, true, BigInt(k + 1), s, 29)),
    made('r = n - 1', false, ORDER - 1n, s, v),
    { ...made('a key at infinity: s·R = digest·G', true, GENERATOR_X, 9n, 27), digest: word(9n) },
    { ...made('digest 0', false, r, s, v), digest: word(0n) },
    { ...made('digest n', false, r, s, v), digest: word(ORDER) },
  ];
}

test('a key that is 0, n or more signs nothing', t => {
  const keys = [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n].map(word);
  const answers = ask(
    CAREFUL,
    keys.map(key => request(SIGN, word(1n), key)),
  );
  t.deepEqual(answers, [undefined, undefined, undefined, undefined]);
});

test('blinding, and blinding anew, changes no signature', t => {
  const [{ digest, key }] = signings(1) as [Signing];
  const sign = request(SIGN, digest, key);
  const blindings = ['00', '5a', 'ff'].map(byte => request(BLIND, bytes(byte.repeat(32))));
  const answers = ask(CAREFUL, [sign, ...blindings.flatMap(blind => [blind, sign])]);
  const signatures = answers.filter(answer => answer?.length === 65).map(hex);
  t.is(signatures.length, 4);
  t.deepEqual([...new Set(signatures)], [toHex(noble.sign(digest, key))]);
});

/** FIPS 180-4's examples (NIST, "SHA256.pdf") and the Keccak team's for keccak-256. */
const PUBLISHED = [
  [SHA256, '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [SHA256, 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    SHA256,
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [KECCAK256, '', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  [KECCAK256, 'abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  [KECCAK256, 'testing', '5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02'],
] as const;

test('the published vectors of SHA-256 and keccak-256', t => {
  const requests = PUBLISHED.map(([operation, text]) => request(operation, Buffer.from(text)));
  const answers = ask(CAREFUL, requests);
  t.deepEqual(
    answers.map(hex),
    PUBLISHED.map(([, , digest]) => digest),
  );
});

for (const { name, program, run } of [short, sanitized]) {
  run(`messages of every length over four blocks, and longer ones, hash as with noble, ${name}`, t => {
    const prng = new Prng('messages');
    const lengths = [...Array(4 * 136 + 2).keys(), 4096, 10_000, 65_537];
    const messages = lengths.map(length => prng.bytes(length));
    const answers = ask(
      program,
      messages.flatMap(message =>
        [SHA256, SHA256_OF_PIECES, KECCAK256].map(operation => request(operation, message)),
      ),
    );
    messages.forEach((message, k) => {
      const sha256 = toHex(noble.sha256(message));
      t.is(hex(answers[3 * k]), sha256, `SHA-256 of ${message.length} bytes`);
      t.is(hex(answers[3 * k + 1]), sha256, `SHA-256 of ${message.length} bytes in pieces`);
      t.is(hex(answers[3 * k + 2]), toHex(noble.keccak256(message)), `keccak-256 of ${message.length} bytes`);
    });
  });
}

/** What RFC 6979 made the nonce: s·k = digest + r·key; up to the sign, which keeps s low. */
function noncesOf({ digest, key }: Signing): Uint8Array[] {
  const signature = noble.sign(digest, key);
  const [r, s] = [number(signature.subarray(0, 32)), number(signature.subarray(32, 64))];
  const nonce = (inverse(s) * (number(digest) + r * number(key))) % ORDER;
  return [word(nonce), word(ORDER - nonce)];
}

/** Modulo n, by Fermat. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value];
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

/** Parts of key and nonce that signing leaves on its stack, and the bytes of stack that it uses. */
function residues(program: string): { found: number; depth: number } {
  const requests = signings(20).map(signing =>
    request(RESIDUE, signing.digest, signing.key, signing.key, ...noncesOf(signing)),
  );
  const reports = ask(program, requests).map(int64s);
  return {
    found: reports.reduce((sum, [found]) => sum + (found as number), 0),
    depth: Math.max(...reports.map(([, depth]) => depth as number)),
  };
}

test('signing leaves no part of key or nonce on its stack; without the wipe it would', t => {
  const unwiped = join(BUILD_FOLDER, 'm3ter_crypto-unwiped.c');
  writeFileSync(unwiped, readFileSync(source, 'utf8').replaceAll('  wipe_stack();\n', ''));
  const careful = residues(plain.program);
  const careless = residues(compileCryptoHarness(HOST, unwiped));
  t.is(careful.found, 0);
  t.true(careless.found > 0);
  const wiped = Number(/#define WIPED_STACK (\d+)/.exec(readFileSync(source, 'utf8'))?.[1]);
  t.true(careless.depth < wiped, `signing used ${careless.depth} bytes, more than the ${wiped} wiped`);
});
