import { formatEther, type TransactionReceipt } from 'viem';
import type { ChainCommandOptions, SendingOptions } from './chain-options';
import { chainError } from './chain-refusal';
import { ChainSender, type Cost, type Request } from './chain-sender';
import type { Print } from './print';

/** What a command has to say. */
export interface Outcome {
  /** For people. */
  readonly text: string;
  /** The same for programs. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is to be done in one transaction. */
export interface Deed {
  /** From viem's simulation of it. */
  readonly request: Request;
  /** That is, or would be, done. */
  readonly outcome: Outcome;
  /** That is done, where this is known only then. */
  readonly settle?: (receipt: TransactionReceipt) => Outcome;
}

/** Runs a command. @throws Failure in one line for all that the chain does amiss */
export async function onChain(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw chainError(error);
  }
}

/** Does it, or says what it would cost; nothing is sent that the contracts would refuse. @throws Failure, UsageError */
export function carryOut(
  options: SendingOptions,
  print: Print,
  decide: (sender: ChainSender) => Promise<Deed>,
): Promise<void> {
  return onChain(async () => {
    const sender = await ChainSender.open(options);
    const { request, outcome, settle = () => outcome } = await decide(sender);
    const plan = await sender.plan(request);
    if (options.dryRun) return printUnsent(options, print, outcome, plan.cost);
    const receipt = await sender.send(plan, options.confirmations);
    printMined(options, print, settle(receipt), receipt);
  });
}

/** What is done, and where. */
export function printMined(
  options: ChainCommandOptions,
  print: Print,
  { text, fields }: Outcome,
  { blockNumber: block, transactionHash: transaction }: TransactionReceipt,
): void {
  printOutcome(options, print, {
    text: `${text}; block ${block}, transaction ${transaction}`,
    fields: { ...fields, block, transaction },
  });
}

/** What would be done, and for how much. */
export function printUnsent(
  options: ChainCommandOptions,
  print: Print,
  { text, fields }: Outcome,
  { gas, fee }: Cost,
): void {
  const cost = formatEther(fee);
  printOutcome(options, print, {
    text: `not sent: ${text}; at most ${gas} gas, ${cost} of the chain's coin`,
    fields: { dryRun: true, ...fields, gas, cost },
  });
}

export function printOutcome({ json }: ChainCommandOptions, print: Print, { text, fields }: Outcome): void {
  const inText = (_name: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);
  print(json ? JSON.stringify(fields, inText) : text);
}
