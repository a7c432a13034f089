import {
  BaseError,
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  type Hex,
  RpcRequestError,
} from 'viem';

/** With what a contract refuses. */
export interface Revert {
  /** Of its error; where that has none, the reason that it gives, or `revert` */
  readonly name: string;
  readonly args: readonly unknown[];
}

const UNNAMED: Revert = { name: 'revert', args: [] };
const NETHERMIND_EXECUTION = -32015;

/** What a contract reverts with; undefined when it is something else that failed. */
export function revertOf(error: unknown): Revert | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const revert = error.walk(e => e instanceof ContractFunctionRevertedError);
  if (!(revert instanceof ContractFunctionRevertedError)) return nethermindRevert(error);
  return { name: revert.data?.errorName ?? revert.reason ?? 'revert', args: revert.data?.args ?? [] };
}

/**
 * Most nodes of Gnosis are of this kind. Those of before the end of 2025 say that a contract refuses by a code of their own,
 * with its error behind the word `Reverted`, or without it; viem takes that for a failure of the node.
 */
function nethermindRevert(error: BaseError): Revert | undefined {
  const answer = error.walk(e => e instanceof RpcRequestError);
  if (!(answer instanceof RpcRequestError) || answer.code !== NETHERMIND_EXECUTION) return undefined;
  const call = error.walk(e => e instanceof ContractFunctionExecutionError);
  const [data] = /0x[0-9a-f]{8,}/.exec(String(answer.data)) ?? [];
  if (!(call instanceof ContractFunctionExecutionError) || data === undefined) return UNNAMED;
  try {
    const { errorName: name, args = [] } = decodeErrorResult({ abi: call.abi, data: data as Hex });
    return { name, args };
  } catch {
    return UNNAMED;
  }
}

/**
 * What the contract would refuse a call with; undefined when it would not.
 * @param simulation viem's, of the call
 * @throws viem's error when it is the node that fails
 */
export async function refusalOf(simulation: Promise<unknown>): Promise<Revert | undefined> {
  try {
    await simulation;
    return undefined;
  } catch (error) {
    const revert = revertOf(error);
    if (revert === undefined) throw error;
    return revert;
  }
}
