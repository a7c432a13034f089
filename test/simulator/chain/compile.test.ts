import test from 'ava';
import type { Abi } from 'viem';
import { M3TER_ABI, PROOF_ABI, PROTOCOL_ABI, REWARD_ABI, STABLECOIN_ABI } from '../../../simulator/chain/abi';
import { type ContractName, compileContracts } from '../../../simulator/chain/compile';

const ABIS: Partial<Record<ContractName, Abi>> = {
  M3ter: M3TER_ABI,
  Protocol: PROTOCOL_ABI,
  ProofOfImpact: PROOF_ABI,
  Reward: REWARD_ABI,
  Stablecoin: STABLECOIN_ABI,
};

test('what TypeScript calls is what the compiler says that the contracts have', async t => {
  const artifacts = await compileContracts();
  const all = Object.values(artifacts).flatMap(({ abi }) => abi);
  // an error can come from a contract that is called
  const errors = new Set(all.filter(({ type }) => type === 'error').map(text));
  for (const [name, abi] of Object.entries(ABIS)) {
    const own = new Set(artifacts[name as ContractName].abi.map(text));
    for (const item of abi) {
      const known = item.type === 'error' ? errors : own;
      t.true(known.has(text(item)), `${name}: ${text(item)}`);
    }
  }
});

test('no contract is larger than a chain takes (EIP-170)', async t => {
  for (const [name, { bytecode }] of Object.entries(await compileContracts()))
    t.true((bytecode.length - 2) / 2 < 24_576, name);
});

/** The same for the same item, whoever wrote it: without what a struct is called, and without what is false or empty. */
function text(item: unknown): string {
  return JSON.stringify(item, (key, value) => {
    if (key === 'internalType' || value === false || value === '') return undefined;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
