import { bytesToHex, getAddress, parseEventLogs } from 'viem';
import { LINK } from '../../../firmware/attest/signed-types';
import { M3TER_ABI } from '../../../simulator/chain/abi';
import { deviceKey } from '../../../simulator/chain/signed-reading';
import {
  ADMIN,
  ChainRig,
  chainTest,
  DEVICE,
  makeReading,
  OWNER,
  revert,
  STRANGER,
  sharedAnvil,
  UNIT,
} from '../../support/anvil';
import { key } from '../../support/messages';

const anvil = sharedAnvil();
const deploy = () => ChainRig.deploy(anvil());
const KEY = deviceKey(DEVICE.address);
const NO_KEY = `0x${'00'.repeat(32)}` as const;

chainTest('a token tells its key and a key its token, by all their names', async t => {
  const rig = await deploy();
  await rig.mint(key(1));
  const m3terId = await rig.mint();
  const { read } = rig.contracts.registry;
  t.is(m3terId, 2n);
  t.is(await read.keyByToken([m3terId]), KEY);
  t.is(await read.publicKey([m3terId]), KEY);
  t.is(await read.tokenByKey([KEY]), m3terId);
  t.is(await read.tokenID([KEY]), m3terId);
  t.is(await read.tokenByKey([deviceKey(key(9).address)]), 0n);
  t.is(await read.ownerOf([m3terId]), OWNER.address);
});

chainTest('registering a key is an event of the live protocol', async t => {
  const rig = await deploy();
  const { registry } = rig.as(ADMIN);
  await rig.done(registry.write.mint([OWNER.address]));
  const { logs } = await rig.done(registry.write.register([1n, KEY]));
  const [register] = parseEventLogs({ abi: M3TER_ABI, eventName: 'Register', logs });
  const { timestamp, ...event } = register?.args ?? {};
  t.deepEqual(event, { tokenId: 1n, publicKey: KEY, from: ADMIN.address });
  t.true(timestamp !== undefined && timestamp > 0n);
});

chainTest('another key takes the place of the one before, which is then free', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const { read, write } = rig.as(ADMIN).registry;
  const other = deviceKey(key(43).address);
  await rig.done(write.register([m3terId, other]));
  t.is(await read.keyByToken([m3terId]), other);
  t.is(await read.tokenByKey([KEY]), 0n);
  t.is(await rig.mint(), 2n);
  t.is(await read.tokenByKey([KEY]), 2n);
});

chainTest('a key of two tokens, no key, and a key of no token are refused', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const { simulate } = rig.as(ADMIN).registry;
  t.is(await revert(simulate.register([m3terId, KEY])), `KeyTaken(${KEY}, ${m3terId})`);
  t.is(await revert(simulate.register([m3terId, NO_KEY])), 'EmptyKey()');
  t.is(await revert(simulate.register([m3terId + 1n, KEY])), `ERC721NonexistentToken(${m3terId + 1n})`);
});

chainTest('a device is linked by its own signature and by no other', async t => {
  const rig = await deploy();
  const { registry } = rig.as(ADMIN);
  await rig.done(registry.write.mint([OWNER.address]));
  const link = { m3terId: 1n, device: DEVICE.address };
  const args = (by = DEVICE) =>
    [1n, bytesToHex(DEVICE.address), bytesToHex(rig.domain.sign(LINK, link, by.privateKey))] as const;
  t.regex(await revert(registry.simulate.link(args(key(43)))), /^WrongSigner\(1, 0x/);
  await rig.done(registry.write.mint([OWNER.address]));
  const [, ...rest] = args();
  t.regex(await revert(registry.simulate.link([2n, ...rest])), /^WrongSigner\(2, 0x/);
  await rig.done(registry.write.link(args()));
  t.is(await registry.read.keyByToken([1n]), KEY);
});

chainTest('who has no role neither mints nor registers nor links nor grants', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  const { read, simulate } = rig.as(OWNER).registry;
  const [admin, minter, registrar] = await Promise.all([
    read.DEFAULT_ADMIN_ROLE(),
    read.MINTER_ROLE(),
    read.REGISTRAR_ROLE(),
  ]);
  const refusal = (role: string) => `AccessControlUnauthorizedAccount(${OWNER.address}, ${role})`;
  const { protocol, proof } = rig.deployment;
  t.is(await revert(simulate.mint([OWNER.address])), refusal(minter));
  t.is(await revert(simulate.register([m3terId, KEY])), refusal(registrar));
  t.is(await revert(simulate.link([m3terId, OWNER.address, '0x'])), refusal(registrar));
  t.is(await revert(simulate.grantRole([minter, OWNER.address])), refusal(admin));
  t.is(await revert(simulate.setSources([protocol, proof])), refusal(admin));
});

chainTest('the metadata are JSON with device, owner, tariff and lifetime energy', async t => {
  const rig = await deploy();
  const m3terId = await rig.mint();
  await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, UNIT / 5n]));
  await rig.done(rig.as(STRANGER).proof.write.submit([makeReading(rig.domain, { m3terId })]));
  const { read } = rig.contracts.registry;
  t.deepEqual(parseMetadata(await read.tokenURI([m3terId])), {
    name: 'M3ter #1',
    attributes: [
      { trait_type: 'Device', value: getAddress(bytesToHex(DEVICE.address)) },
      { trait_type: 'Owner', value: OWNER.address },
      { trait_type: 'Tariff', value: `${UNIT / 5n}` },
      { trait_type: 'Lifetime energy', value: 1000 },
    ],
  });
  t.is(await revert(read.tokenURI([9n])), 'ERC721NonexistentToken(9)');
});

chainTest('the metadata show an Ed25519 key whole, and do without tariff and energy', async t => {
  const rig = await deploy();
  const { registry } = rig.as(ADMIN);
  const nobody = '0x0000000000000000000000000000000000000000';
  await rig.done(registry.write.setSources([nobody, nobody]));
  await rig.done(registry.write.mint([OWNER.address]));
  const key = `0x${'ab'.repeat(32)}` as const;
  await rig.done(registry.write.register([1n, key]));
  const { attributes } = parseMetadata(await registry.read.tokenURI([1n]));
  t.deepEqual(
    attributes.map(({ value }) => value),
    [key, OWNER.address, '0', 0],
  );
});

chainTest('it says that it is an ERC-721 with metadata and roles', async t => {
  const { registry } = (await deploy()).contracts;
  for (const id of ['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0x7965db0b'] as const)
    t.true(await registry.read.supportsInterface([id]), id);
  t.false(await registry.read.supportsInterface(['0xffffffff']));
});

interface Metadata {
  readonly name: string;
  readonly attributes: readonly { readonly trait_type: string; readonly value: string | number }[];
}

function parseMetadata(uri: string): Metadata {
  const [media, data = ''] = uri.split(',');
  if (media !== 'data:application/json;base64') throw new Error(`not JSON: ${uri}`);
  return JSON.parse(Buffer.from(data, 'base64').toString());
}
