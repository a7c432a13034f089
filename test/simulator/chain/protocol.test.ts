import fc from 'fast-check';
import { encodeFunctionData, parseEventLogs, toFunctionSelector } from 'viem';
import { PROTOCOL_ABI, STABLECOIN_ABI } from '../../../simulator/chain/abi';
import { type ContractName, compileContracts } from '../../../simulator/chain/compile';
import { deployContract } from '../../../simulator/chain/deploy';
import {
  ADMIN,
  BUYER,
  ChainRig,
  chainTest,
  DEVICE,
  makeReading,
  OWNER,
  revert,
  STRANGER,
  sharedAnvil,
  TREASURY,
  UNIT,
} from '../../support/anvil';

/** Of the stablecoin, a kWh */
const TARIFF = UNIT / 5n;
const KILOWATT_HOUR = 1_000_000n;

const anvil = sharedAnvil();

/** A meter whose owner sells at `TARIFF`, to a buyer who has `funds`. */
async function sell(funds = 100n * UNIT, token?: ContractName) {
  const stablecoin = token && (await deployContract(anvil(), ADMIN, token, []));
  const rig = await ChainRig.deploy(anvil(), stablecoin && { stablecoin });
  const m3terId = await rig.mint();
  await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, TARIFF]));
  await rig.fund(funds);
  return { rig, m3terId, ...rig.contracts };
}

chainTest('a payment buys energy, and is shared by the owner and the treasury', async t => {
  const { rig, m3terId, protocol, stablecoin } = await sell();
  const { logs } = await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, UNIT]));
  t.is(await protocol.read.energyOf([m3terId]), 5n * KILOWATT_HOUR);
  t.is(await protocol.read.revenueOf([OWNER.address]), (UNIT * 997n) / 1000n);
  t.is(await protocol.read.revenueOf([TREASURY.address]), (UNIT * 3n) / 1000n);
  t.is(await stablecoin.read.balanceOf([rig.deployment.protocol]), UNIT);
  const [revenue] = parseEventLogs({ abi: PROTOCOL_ABI, eventName: 'Revenue', logs });
  const { timestamp, ...event } = revenue?.args ?? {};
  t.deepEqual(event, { tokenId: m3terId, amount: UNIT, tariff: TARIFF, from: BUYER.address });
  t.true(timestamp !== undefined && timestamp > 0n);
});

chainTest('claims pay out what was earned, once', async t => {
  const { rig, m3terId, protocol, stablecoin } = await sell();
  await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, UNIT]));
  await rig.done(rig.as(OWNER).protocol.write.claim());
  await rig.done(rig.as(TREASURY).protocol.write.claim());
  t.is(await stablecoin.read.balanceOf([OWNER.address]), (UNIT * 997n) / 1000n);
  t.is(await stablecoin.read.balanceOf([TREASURY.address]), (UNIT * 3n) / 1000n);
  t.is(await stablecoin.read.balanceOf([rig.deployment.protocol]), 0n);
  t.is(await protocol.read.revenueOf([OWNER.address]), 0n);
  t.is(await revert(rig.as(OWNER).protocol.simulate.claim()), `NothingToClaim(${OWNER.address})`);
});

chainTest('a buyer of the token earns from then on, and the seller keeps what it earned', async t => {
  const { rig, m3terId, protocol } = await sell();
  await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, UNIT]));
  await rig.done(rig.as(OWNER).registry.write.transferFrom([OWNER.address, STRANGER.address, m3terId]));
  await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, 2n * UNIT]));
  t.is(await protocol.read.revenueOf([OWNER.address]), (UNIT * 997n) / 1000n);
  t.is(await protocol.read.revenueOf([STRANGER.address]), (2n * UNIT * 997n) / 1000n);
});

chainTest(
  'any payments at any tariffs: energy is what was paid for, and all money is somebody’s',
  async t => {
    const { rig, m3terId, protocol, stablecoin } = await sell(10n ** 30n);
    const payment = fc.record({
      amount: fc.bigInt({ min: 1n, max: 100n * UNIT }),
      tariff: fc.bigInt({ min: UNIT / 1000n, max: UNIT }),
    });
    const property = fc.asyncProperty(fc.array(payment, { minLength: 1, maxLength: 3 }), async payments => {
      for (const { amount, tariff } of payments) {
        const before = await protocol.read.energyOf([m3terId]);
        await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, tariff]));
        const energy = (amount * KILOWATT_HOUR) / tariff;
        if (energy === 0n) continue;
        await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, amount]));
        if ((await protocol.read.energyOf([m3terId])) !== before + energy) return false;
      }
      const owed = [OWNER, TREASURY].map(({ address }) => protocol.read.revenueOf([address]));
      const [owner = 0n, treasury = 0n] = await Promise.all(owed);
      return owner + treasury === (await stablecoin.read.balanceOf([rig.deployment.protocol]));
    });
    await t.notThrowsAsync(fc.assert(property, { numRuns: 10 }));
  },
);

chainTest('only the owner of the token sets its tariff, and none means nothing is for sale', async t => {
  const { rig, m3terId } = await sell();
  const { simulate } = rig.as(STRANGER).protocol;
  t.is(await revert(simulate.setTariff([m3terId, 1n])), `NotOwner(${m3terId}, ${STRANGER.address})`);
  await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, 0n]));
  t.is(await revert(rig.as(BUYER).protocol.simulate.pay([m3terId, UNIT])), `NotForSale(${m3terId})`);
  t.is(await revert(rig.as(BUYER).protocol.simulate.pay([99n, UNIT])), 'ERC721NonexistentToken(99)');
});

chainTest('a payment that meets a higher tariff than its buyer accepts is refused', async t => {
  const { rig, m3terId, protocol } = await sell();
  const { simulate, write } = rig.as(BUYER).protocol;
  const call = simulate.payUpTo([m3terId, UNIT, TARIFF - 1n]);
  t.is(await revert(call), `TariffTooHigh(${m3terId}, ${TARIFF}, ${TARIFF - 1n})`);
  await rig.done(write.payUpTo([m3terId, UNIT, TARIFF]));
  t.is(await protocol.read.energyOf([m3terId]), 5n * KILOWATT_HOUR);
});

chainTest('a payment for less than a mWh, or for more than a meter can count, is refused', async t => {
  const { rig, m3terId } = await sell();
  const { simulate } = rig.as(BUYER).protocol;
  t.is(await revert(simulate.pay([m3terId, 0n])), `NothingBought(${m3terId}, 0)`);
  t.is(
    await revert(simulate.pay([m3terId, TARIFF / KILOWATT_HOUR - 1n])),
    `NothingBought(${m3terId}, 199999999999)`,
  );
  await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, 1n]));
  t.regex(await revert(simulate.pay([m3terId, UNIT])), /^SafeCastOverflowedUintDowncast\(48, /);
});

chainTest('the state is on as long as the proved registers leave a balance', async t => {
  const { rig, m3terId, protocol } = await sell();
  t.false(await protocol.read.stateOf([m3terId]));
  await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, TARIFF]));
  t.true(await protocol.read.stateOf([m3terId]));
  const debited = Number(KILOWATT_HOUR);
  const prove = async (first: number, registers: Record<string, number>) => {
    const reading = makeReading(rig.domain, { m3terId, first, signer: DEVICE, registers: () => registers });
    await rig.done(rig.as(STRANGER).proof.write.submit([reading]));
    return protocol.read.stateOf([m3terId]);
  };
  t.true(await prove(1, { debited: debited - 1 }));
  t.false(await prove(2, { debited }));
  t.true(await prove(3, { debited, feedIn: 2 }));
  t.false(await prove(4, { debited, feedIn: 2, withdrawn: 2 }));
});

chainTest('a token that keeps a part of what it transfers buys nothing', async t => {
  const { rig, m3terId, protocol } = await sell(100n * UNIT, 'FeeToken');
  const call = rig.as(BUYER).protocol.simulate.pay([m3terId, UNIT]);
  t.is(await revert(call), `ShortPayment(${UNIT}, ${(UNIT * 99n) / 100n})`);
  t.is(await protocol.read.energyOf([m3terId]), 0n);
});

chainTest('a token that says false instead of paying buys nothing', async t => {
  const { rig, m3terId } = await sell(100n * UNIT, 'FalseToken');
  const call = rig.as(BUYER).protocol.simulate.pay([m3terId, UNIT]);
  t.is(await revert(call), `SafeERC20FailedOperation(${rig.deployment.stablecoin})`);
});

chainTest('a token that calls back in a payment buys once, and in a claim is paid once', async t => {
  const { rig, m3terId, protocol, stablecoin } = await sell(100n * UNIT, 'ReentrantToken');
  const { abi } = (await compileContracts()).ReentrantToken;
  const { protocol: target, stablecoin: token } = rig.deployment;
  // the token itself owns a meter, pays for energy and claims
  const act = async (functionName: 'act' | 'arm', to: `0x${string}`, data: `0x${string}`) => {
    const call = { address: token, abi, functionName, args: [to, data] } as const;
    await rig.done(rig.chain.as(STRANGER).writeContract(call));
  };
  const outcome = async () => {
    const read = (functionName: string) =>
      rig.chain.client.readContract({ address: token, abi, functionName });
    return [await read('calls'), await read('lastError')];
  };
  const guarded = toFunctionSelector('ReentrancyGuardReentrantCall()');
  const own = await rig.mint({ ...DEVICE, address: new Uint8Array(20).fill(7) }, token);
  const call = (functionName: 'pay' | 'claim' | 'setTariff', args: readonly bigint[]) =>
    encodeFunctionData({ abi: PROTOCOL_ABI, functionName, args } as never);
  await act('act', target, call('setTariff', [own, TARIFF]));
  await act('act', token, encodeFunctionData({ abi: STABLECOIN_ABI, functionName: 'faucet', args: [UNIT] }));
  const approval = { abi: STABLECOIN_ABI, functionName: 'approve', args: [target, UNIT] } as const;
  await act('act', token, encodeFunctionData(approval));

  await act('arm', target, call('pay', [m3terId, UNIT / 2n]));
  await act('act', target, call('pay', [own, UNIT / 2n]));
  t.deepEqual(await outcome(), [1n, guarded]);
  t.is(await protocol.read.energyOf([own]), (5n * KILOWATT_HOUR) / 2n);
  t.is(await protocol.read.energyOf([m3terId]), 0n);

  await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, UNIT]));
  await act('arm', target, call('claim', []));
  await act('act', target, call('claim', []));
  t.deepEqual(await outcome(), [2n, guarded]);
  t.is(await protocol.read.revenueOf([token]), 0n);
  t.is(
    await stablecoin.read.balanceOf([target]),
    UNIT + UNIT / 2n - ((UNIT / 2n) * 997n) / 1000n,
    'what the others have paid is all there',
  );
});

chainTest('the treasury is named by the owner only, and is somebody', async t => {
  const { rig, protocol } = await sell();
  const { simulate } = rig.as(STRANGER).protocol;
  t.is(
    await revert(simulate.setTreasury([STRANGER.address])),
    `OwnableUnauthorizedAccount(${STRANGER.address})`,
  );
  const nobody = '0x0000000000000000000000000000000000000000';
  t.is(await revert(rig.as(ADMIN).protocol.simulate.setTreasury([nobody])), 'ZeroAddress()');
  await rig.done(rig.as(ADMIN).protocol.write.setTreasury([STRANGER.address]));
  t.is(await protocol.read.treasury(), STRANGER.address);
});

chainTest('the protocol changes hands only when the new owner accepts', async t => {
  const { rig, protocol } = await sell();
  await rig.done(rig.as(ADMIN).protocol.write.transferOwnership([OWNER.address]));
  t.is(await protocol.read.owner(), ADMIN.address);
  await rig.done(rig.as(OWNER).protocol.write.acceptOwnership());
  t.is(await protocol.read.owner(), OWNER.address);
});
