import { Command, CommanderError } from 'commander';
import type { Print } from '../../simulator/cli/print';
import { Failure, UsageError } from '../../simulator/errors';

export interface Outcome {
  /** What was printed, a line each. */
  readonly lines: readonly string[];
  /** As the shell would see it: 0, 1 for failure, 2 for misuse. */
  readonly exitCode: number;
  /** What would be the error line. */
  readonly error: string;
}

/** Runs one command as `m3ter` does, but in this process. */
export async function runCommand(make: (print: Print) => Command, ...words: string[]): Promise<Outcome> {
  const lines: string[] = [];
  const program = new Command('m3ter').exitOverride().configureOutput({ writeErr: () => {} });
  const command = make(line => void lines.push(line)).copyInheritedSettings(program);
  try {
    await program.addCommand(command).parseAsync([command.name(), ...words], { from: 'user' });
    return { lines, exitCode: 0, error: '' };
  } catch (error) {
    if (error instanceof Failure) return { lines, exitCode: 1, error: error.message };
    if (error instanceof UsageError || error instanceof CommanderError)
      return { lines, exitCode: 2, error: error.message };
    throw error;
  }
}
