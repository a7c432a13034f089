import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { Failure, UsageError } from '../errors';

/** Loaded one by one: a meter is to start without waiting for what only the simulator needs. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['simulate', async () => (await import('./simulate')).simulateCommand()],
  ['meter', async () => (await import('./meter')).meterCommand()],
  ['measure', async () => (await import('./measure')).measureCommand()],
  ['calibrate', async () => (await import('./calibrate')).calibrateCommand()],
  ['address', async () => (await import('./address')).addressCommand()],
  ['provision', async () => (await import('./provision')).provisionCommand()],
  ['link', async () => (await import('./link')).linkCommand()],
  ['roles', async () => (await import('./roles')).rolesCommand()],
  ['reset', async () => (await import('./reset')).resetCommand()],
  ['credit', async () => (await import('./credit')).creditCommand()],
  ['tariff', async () => (await import('./tariff')).tariffCommand()],
  ['order', async () => (await import('./order')).orderCommand()],
  ['policy', async () => (await import('./policy')).policyCommand()],
  ['release', async () => (await import('./release')).releaseCommand()],
  ['verify', async () => (await import('./verify')).verifyCommand()],
  ['report', async () => (await import('./report')).reportCommand()],
  ['gateway', async () => (await import('./gateway')).gatewayCommand()],
  ['deploy', async () => (await import('./gateway-deploy')).deployCommand()],
  ['chain', async () => (await import('./chain')).chainCommand()],
  ['broker-acl', async () => (await import('./broker-acl')).brokerAclCommand()],
  ['broker-auth', async () => (await import('./broker-auth')).brokerAuthCommand()],
  ['bench', async () => (await import('./bench')).benchCommand()],
]);

endWithReader();
try {
  const program = await programFor(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}

/** The command line with the command of that name; with all of them when there is none, for help and errors. */
async function programFor(name: string | undefined): Promise<Command> {
  const program = new Command('m3ter')
    .description('An open prepaid electricity meter: simulate it, run it, command it, check it.')
    .version(packageFile.version)
    .exitOverride()
    // what is wrong is said in one line, below
    .configureOutput({ writeErr: () => {} });
  const named = name === undefined ? undefined : COMMANDS.get(name);
  for (const load of named === undefined ? COMMANDS.values() : [named])
    program.addCommand((await load()).copyInheritedSettings(program));
  return program;
}

/** One clear line for whatever went wrong, and 2 for misuse of the command line, 1 for failure. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  process.stderr.write(`error: ${messageOf(error)}\n`);
  return error instanceof CommanderError || error instanceof UsageError ? 2 : 1;
}

/** @throws the error itself when it is none of those that are to be expected */
function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return usageMessage(error);
  const isFromSystem = error instanceof Error && 'syscall' in error;
  if (error instanceof UsageError || error instanceof Failure || isFromSystem) return error.message;
  throw error;
}

/** Commander's own text, which may have a suggestion in a second line, and where to look what would be right. */
function usageMessage({ code, message }: CommanderError): string {
  const [command = '', ...words] = process.argv.slice(2);
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ');
  const help = `m3ter ${COMMANDS.has(command) ? `${command} ` : ''}--help`;
  // where commander would print its help
  if (code === 'commander.help')
    return `expected a command, as ${help} lists them, got ${[command, ...words].join(' ') || 'none'}`;
  if (code === 'commander.unknownCommand') return `${text}, expected one that ${help} lists`;
  if (code === 'commander.unknownOption') return `${text}, expected one that ${help} lists`;
  return text;
}

/** When nobody reads our output any more, as after `| head`, we end as others do: without a word. */
function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
      process.stderr.write(`error: expected an output that takes what is printed, got ${code}\n`);
      process.exit(1);
    });
}
