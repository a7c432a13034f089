import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Address, type Hex, hexToBytes, parseEventLogs, toHex } from 'viem';
import { READING, type Reading } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { PROOF_ABI } from '../../../simulator/chain/abi';
import { startAnvil } from '../../../simulator/chain/anvil';
import { deployContract } from '../../../simulator/chain/deploy';
import { deviceKey, readingStruct } from '../../../simulator/chain/signed-reading';
import {
  ADMIN,
  ChainRig,
  chainTest,
  DEVICE,
  makeReading,
  makeReadings,
  OWNER,
  revert,
  STRANGER,
  sharedAnvil,
  UNIT,
} from '../../support/anvil';
import { anyMessage, crypto, key } from '../../support/messages';

/** Of secp256k1 */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** All that is signed but whose it is. */
const FIELDS = (Object.keys(READING.fields) as (keyof Reading)[]).filter(name => name !== 'm3terId');
const WATT_HOUR_REWARD = UNIT / 1000n;

const anvil = sharedAnvil({ chainId: 100 });
const deploy = () => ChainRig.deploy(anvil());

chainTest('a reading that the firmware made is proved, counted and rewarded', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const registers = () => ({ imported: 5, exported: 4, debited: 3, credited: 9, withdrawn: 2, feedIn: 1 });
  const signed = makeReading(rig.domain, { m3terId, registers });
  const { logs } = await rig.done(rig.as(STRANGER).proof.write.submit([signed]));
  const { proof, reward } = rig.contracts;
  t.deepEqual(await proof.read.registersOf([m3terId]), {
    sequence: 1n,
    ...{ imported: 5n, exported: 4n, debited: 3n, credited: 9n, withdrawn: 2n, feedIn: 1n },
  });
  t.is(await proof.read.lifetimeEnergy([m3terId]), 5n);
  t.is(await reward.read.balanceOf([OWNER.address]), 5n * 10n ** 12n);
  const [impact] = parseEventLogs({ abi: PROOF_ABI, eventName: 'Impact', logs });
  t.deepEqual(impact?.args, {
    ...{ tokenId: m3terId, sequence: 1n, energy: 5n, reward: 5n * 10n ** 12n },
    digest: await proof.read.digestOf([signed.reading]),
  });
});

chainTest('a batch of 32 is proved at once, and the sums are those of the registers', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const batch = makeReadings(rig.domain, 32, { m3terId });
  await rig.done(rig.as(STRANGER).proof.write.submitBatch([batch]));
  const { proof, reward } = rig.contracts;
  t.is(await proof.read.lifetimeEnergy([m3terId]), 32_000n);
  t.is(await proof.read.nonce([m3terId]), '0x000000000020');
  t.is(await proof.read.account([m3terId]), '0x000000007d00');
  t.is(await reward.read.totalSupply(), 32n * WATT_HOUR_REWARD);
});

chainTest('readings may be left out, since registers are totals', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const readings = makeReadings(rig.domain, 9, { m3terId });
  const some = readings.filter((_, k) => k % 4 === 0);
  await rig.done(rig.as(STRANGER).proof.write.submitBatch([some]));
  t.is(await rig.contracts.proof.read.lifetimeEnergy([m3terId]), 9000n);
});

chainTest('a replayed reading is refused, alone, in a batch, and when it is older', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const { write } = rig.as(STRANGER).proof;
  const first = makeReading(rig.domain, { m3terId });
  const second = makeReading(rig.domain, { m3terId, first: 2 });
  const third = makeReading(rig.domain, { m3terId, first: 3 });
  await rig.done(write.submitBatch([[first, second]]));
  t.is(await revert(write.submit([second])), `Replayed(${m3terId}, 2, 2)`);
  t.is(await revert(write.submit([first])), `Replayed(${m3terId}, 1, 2)`);
  t.is(await revert(write.submitBatch([[third, third]])), `Replayed(${m3terId}, 3, 3)`);
  t.is(
    await rig.contracts.proof.read.nonce([m3terId]),
    '0x000000000002',
    'a batch is proved as a whole or not',
  );
  await rig.done(write.submit([third]));
});

chainTest('a reading with any other field than what was signed is refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const good = makeReading(rig.domain, { m3terId });
  const property = fc.asyncProperty(fc.constantFrom(...FIELDS), anyMessage(READING), async (field, other) => {
    const value = readingStruct(other as Reading)[field];
    fc.pre(value !== good.reading[field]);
    const changed = { ...good.reading, [field]: value };
    const call = rig.contracts.proof.simulate.submit([{ ...good, reading: changed }]);
    return (await revert(call)).startsWith(`WrongSigner(${m3terId}, 0x`);
  });
  await t.notThrowsAsync(fc.assert(property, { numRuns: 40 }));
});

chainTest('a reading by another key is refused, and so is one for a token without a key', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const other = key(43);
  const forged = makeReading(rig.domain, { m3terId, signer: other });
  const keyless = makeReading(rig.domain, { m3terId: m3terId + 1n });
  const { simulate } = rig.contracts.proof;
  t.is(
    (await revert(simulate.submit([forged]))).toLowerCase(),
    `wrongsigner(${m3terId}, ${toHex(other.address)})`,
  );
  t.regex(await revert(simulate.submit([keyless])), /^WrongSigner\(2, /);
});

chainTest('a reading of which any register went back is refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const names = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;
  const before = Object.fromEntries(names.map(name => [name, 1000]));
  const first = makeReading(rig.domain, { m3terId, registers: () => before });
  await rig.done(rig.as(STRANGER).proof.write.submit([first]));
  for (const name of names) {
    const registers = () => ({ ...before, [name]: 999 });
    const back = makeReading(rig.domain, { m3terId, first: 2, registers });
    t.is(await revert(rig.contracts.proof.simulate.submit([back])), `RegisterDecreased(${m3terId}, 2)`, name);
  }
});

chainTest('the twin of a signature with s in the upper half is refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const good = makeReading(rig.domain, { m3terId });
  const s = CURVE_ORDER - BigInt(`0x${good.signature.slice(66, 130)}`);
  const v = good.signature.endsWith('1b') ? '1c' : '1b';
  const signature: Hex = `${good.signature.slice(0, 66) as Hex}${s.toString(16).padStart(64, '0')}${v}`;
  const { simulate } = rig.contracts.proof;
  t.regex(await revert(simulate.submit([{ ...good, signature }])), /^ECDSAInvalidSignatureS\(0x/);
});

chainTest('a signature of another length, or of nobody, is refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const good = makeReading(rig.domain, { m3terId });
  const { simulate } = rig.contracts.proof;
  const signed = (signature: Hex) => revert(simulate.submit([{ ...good, signature }]));
  t.is(await signed(good.signature.slice(0, -2) as Hex), 'ECDSAInvalidSignatureLength(64)');
  t.is(await signed(`${good.signature.slice(0, -2) as Hex}00`), 'ECDSAInvalidSignature()');
  t.is(await signed(`0x${'00'.repeat(65)}`), 'ECDSAInvalidSignature()');
});

chainTest(
  'a device that changes tokens, and comes back, is never rewarded twice for the same energy',
  async t => {
    const rig = await deploy();
    const { registry } = rig.as(ADMIN);
    const { write } = rig.as(STRANGER).proof;
    const one = await rig.mint();
    const spare = key(43);
    const prove = async (m3terId: bigint, first: number, signer = DEVICE) => {
      const reading = makeReading(rig.domain, { m3terId, first, signer });
      await rig.done(write.submit([reading]));
    };
    await prove(one, 3);
    await rig.done(registry.write.register([one, deviceKey(spare.address)]));
    await prove(one, 2, spare);
    const two = await rig.mint(DEVICE);
    await prove(two, 4);
    await rig.done(registry.write.register([two, deviceKey(key(44).address)]));
    await rig.done(registry.write.register([one, deviceKey(DEVICE.address)]));
    await prove(one, 5);
    const { proof, reward } = rig.contracts;
    t.is(await proof.read.lifetimeEnergy([one]), 3000n + 2000n + 1000n);
    t.is(await proof.read.lifetimeEnergy([two]), 1000n);
    t.is(await reward.read.totalSupply(), (5n + 2n) * WATT_HOUR_REWARD);
  },
);

chainTest('the rate is governed by the owner only, and holds for new energy only', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const first = makeReading(rig.domain, { m3terId });
  const second = makeReading(rig.domain, { m3terId, first: 2 });
  const call = rig.as(STRANGER).proof.simulate.setRewardRate([1n]);
  t.is(await revert(call), `OwnableUnauthorizedAccount(${STRANGER.address})`);
  await rig.done(rig.as(STRANGER).proof.write.submit([first]));
  await rig.done(rig.as(ADMIN).proof.write.setRewardRate([0n]));
  await rig.done(rig.as(STRANGER).proof.write.submit([second]));
  t.is(await rig.contracts.reward.read.totalSupply(), WATT_HOUR_REWARD);
  t.is(await rig.contracts.proof.read.lifetimeEnergy([m3terId]), 2000n);
});

chainTest('only the proof mints the reward', async t => {
  const rig = await deploy();
  const { reward } = rig.as(ADMIN);
  const role = await reward.read.MINTER_ROLE();
  const call = reward.simulate.mint([ADMIN.address, 1n]);
  t.is(await revert(call), `AccessControlUnauthorizedAccount(${ADMIN.address}, ${role})`);
});

chainTest('digests on chain are those of the published vectors', async t => {
  const rig = await deploy();
  const { vectors } = JSON.parse(readFileSync('test/vectors/Reading.json', 'utf8'));
  t.true(vectors.length > 1);
  const registry: Address = vectors[0].domain.verifyingContract;
  const bytecode = await rig.chain.client.getCode({ address: rig.deployment.registry });
  // the registry of the vectors, at its address
  const copy = { method: 'anvil_setCode', params: [registry, bytecode] } as never;
  await rig.chain.client.request(copy);
  const args = [registry, rig.deployment.reward, ADMIN.address, 0n];
  const proof = await deployContract(rig.chain, ADMIN, 'ProofOfImpact', args);
  const there = new ChainRig(rig.chain, { ...rig.deployment, registry, proof });
  for (const { what, message, digest } of vectors)
    t.is(await there.contracts.proof.read.digestOf([message]), digest, what);
});

chainTest('two chains have nothing to say to each other', async t => {
  const here = await deploy();
  const other = await startAnvil({ chainId: 42161 });
  t.teardown(() => other.stop());
  // whatever was deployed before on the first: the same accounts give the same addresses
  const block = 'latest';
  const nonce = await here.chain.client.getTransactionCount({ address: ADMIN.address, blockTag: block });
  const setNonce = { method: 'anvil_setNonce', params: [ADMIN.address, toHex(nonce)] } as never;
  await other.client.request(setNonce);
  const first = await ChainRig.deploy(here.chain);
  const second = await ChainRig.deploy(other);
  t.deepEqual(first.deployment, second.deployment);
  const m3terId = await first.mint();
  t.is(await second.mint(), m3terId);
  const reading = makeReading(first.domain, { m3terId });
  t.regex(await revert(second.as(STRANGER).proof.write.submit([reading])), /^WrongSigner\(1, /);
  await first.done(first.as(STRANGER).proof.write.submit([reading]));
  t.is(await first.contracts.proof.read.lifetimeEnergy([m3terId]), 1000n);
  t.is(await second.contracts.proof.read.lifetimeEnergy([m3terId]), 0n);
});

chainTest('a reading for another registry on the same chain is refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const elsewhere = new SigningDomain(crypto, { chainId: 100, registry: hexToBytes(rig.deployment.proof) });
  const foreign = makeReading(elsewhere, { m3terId });
  t.regex(await revert(rig.contracts.proof.simulate.submit([foreign])), /^WrongSigner\(1, /);
});
