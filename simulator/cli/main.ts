import { Command, CommanderError } from 'commander';
import { Failure, UsageError } from './errors';

const program = new Command('m3ter')
  .description('An open prepaid electricity meter: simulate it, run it, command it, check it.')
  .exitOverride()
  .configureOutput({ writeErr: text => process.stderr.write(text) });

try {
  await program.parseAsync();
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
