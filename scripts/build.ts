/** Builds the firmware with the Moddable SDK: what npm run build:esp32, flash, build:desktop and build:xs call. */
import { Command } from 'commander';
import { buildBoard } from '../hosts/moddable/board-build';
import { buildDesktop, buildXs } from '../hosts/moddable/desktop-build';
import { MissingTool } from '../hosts/moddable/sdk';

interface BoardOptions {
  readonly board: string;
  readonly production?: true;
  readonly debug?: true;
}

interface DesktopOptions extends Record<string, unknown> {
  readonly debug?: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const program = new Command('build').description('Build the firmware with the Moddable SDK.');
const boardCommand = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('--board <name|file>', 'one of hosts/esp32/boards, or a file like them', 'esp32-devkit')
    .option('--debug', 'with the debugger xsbug');
boardCommand('esp32', 'Build the firmware of a board.')
  .option('--production', 'secure boot and flash encryption: burns fuses for good, see docs/esp32.md')
  .action((options: BoardOptions) => buildBoard(options).then(made => say(`${made}: made`)));
// Not for production: what is not signed yet must not be started by a chip that burns its fuses then.
boardCommand('flash', 'Build the firmware of a board for development and install it over USB.').action(
  (options: BoardOptions) =>
    buildBoard({ ...options, flash: true }).then(made => say(`${made}: made and installed`)),
);
program
  .command('desktop')
  .description("Build the firmware for the SDK's simulator on this computer.")
  .option('--debug', 'with the debugger xsbug')
  .option('--broker <url>', 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT]')
  .option('--state <dir>', 'where its flash and its secret are kept; must be there')
  .action(({ debug = false, ...config }: DesktopOptions) =>
    buildDesktop({ debug, config: config as Record<string, string> }).then(say),
  );
program
  .command('xs')
  .description("Build the firmware as a command-line program on the SDK's XS (Linux).")
  .action(() => buildXs().then(say));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = error instanceof MissingTool ? 2 : 1;
}
