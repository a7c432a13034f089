import { Command, CommanderError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { creditCommand } from './credit';
import { Failure, UsageError } from './errors';
import { linkCommand } from './link';
import { measureCommand } from './measure';
import { meterCommand } from './meter';
import { orderCommand } from './order';
import { simulateCommand } from './simulate';
import { verifyCommand } from './verify';

const program = new Command('m3ter')
  .description('An open prepaid electricity meter: simulate it, run it, command it, check it.')
  .version(packageFile.version);

for (const command of [
  simulateCommand(),
  meterCommand(),
  measureCommand(),
  linkCommand(),
  creditCommand(),
  orderCommand(),
  verifyCommand(),
])
  program.addCommand(command.exitOverride());

try {
  await program.exitOverride().parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}

/** One clear line for whatever went wrong, and 2 for misuse of the command line, 1 for failure. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError || error instanceof Failure) {
    process.stderr.write(`error: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  throw error;
}
