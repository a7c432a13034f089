import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Abi, Hex } from 'viem';
import { Failure } from '../errors';

/** A compiled contract. */
export interface Artifact {
  readonly abi: Abi;
  /** What deploys it, without the constructor's arguments. */
  readonly bytecode: Hex;
}

/** Where in contracts/ each is. */
const PATHS = {
  M3ter: 'M3ter.sol',
  Protocol: 'Protocol.sol',
  ProofOfImpact: 'ProofOfImpact.sol',
  Reward: 'Reward.sol',
  Stablecoin: 'test/Stablecoin.sol',
  FalseToken: 'test/FalseToken.sol',
  FeeToken: 'test/FeeToken.sol',
  ReentrantToken: 'test/ReentrantToken.sol',
  SixDecimalsToken: 'test/SixDecimalsToken.sol',
} as const;

export type ContractName = keyof typeof PATHS;
export type Artifacts = Readonly<Record<ContractName, Artifact>>;

const SOURCES = fileURLToPath(new URL('contracts/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../build/chain/', import.meta.url));
const { resolve } = createRequire(import.meta.url);

const SETTINGS = {
  // OpenZeppelin 5 copies memory by MCOPY, which came with Cancun
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
};

interface Complaint {
  readonly severity: 'error' | 'warning' | 'info';
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}

/** What the compiler says: "Compiler Input and Output JSON Description" in Solidity's documentation. */
interface Output {
  readonly errors?: readonly Complaint[];
  readonly contracts?: Readonly<
    Record<string, Readonly<Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>>
  >;
}

/**
 * The contracts of this folder, as solc compiles them; read from build/ when sources, compiler, settings and libraries are
 * those of the last time.
 * @throws Failure with what the compiler says, warnings included, when it says anything about our sources.
 */
export async function compileContracts(): Promise<Artifacts> {
  const sources = readSources();
  const cached = join(CACHE, `${fingerprint(sources)}.json`);
  try {
    return JSON.parse(readFileSync(cached, 'utf8'));
  } catch {
    const artifacts = await compile(sources);
    // under a name of its own until it is whole: others may be compiling too
    const temporary = `${cached}.${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(temporary, JSON.stringify(artifacts));
    renameSync(temporary, cached);
    return artifacts;
  }
}

/** By path within the folder, as imports name them. */
function readSources(): Record<string, { content: string }> {
  const paths = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map(path =>
    path.replaceAll('\\', '/'),
  );
  const solidity = paths.filter(path => path.endsWith('.sol')).sort();
  return Object.fromEntries(
    solidity.map(path => [path, { content: readFileSync(join(SOURCES, path), 'utf8') }]),
  );
}

function fingerprint(sources: object): string {
  const versions = ['solc', '@openzeppelin/contracts'].map(
    name => JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8')).version,
  );
  return createHash('sha256')
    .update(JSON.stringify([versions, SETTINGS, sources]))
    .digest('hex');
}

async function compile(sources: object): Promise<Artifacts> {
  // some 10 MB of WebAssembly, which a cached result can do without
  const { default: solc } = await import('solc');
  const input = JSON.stringify({ language: 'Solidity', sources, settings: SETTINGS });
  const output: Output = JSON.parse(solc.compile(input, { import: readImport }));
  const isOurs = ({ severity, sourceLocation }: Complaint) =>
    severity === 'error' || (sourceLocation !== undefined && sourceLocation.file in sources);
  const complaints = (output.errors ?? []).filter(isOurs);
  if (complaints.length > 0)
    throw new Failure(complaints.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const artifacts = Object.entries(PATHS).map(([name, path]) => {
    const contract = output.contracts?.[path]?.[name];
    if (contract === undefined) throw new Failure(`${path}: expected a contract ${name}, got none`);
    return [name, { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }];
  });
  return Object.fromEntries(artifacts);
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(resolve(path), 'utf8') };
  } catch (error) {
    return { error: `${path}: ${(error as Error).message}` };
  }
}
