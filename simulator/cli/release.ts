import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { parseReleaseUrl } from '../../firmware/update/release-url';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { unreadable } from './files';
import { versionOption } from './options';
import { type Print, printLine } from './print';

interface ReleaseOptions extends DirectiveOptions {
  readonly image: string;
  readonly url: string;
  readonly firmwareVersion: number;
}

/**
 * `m3ter release`: tells a meter which firmware it is to run, and where that is. The image is hashed from a file here; the
 * meter takes no other, wherever it comes from.
 */
export function releaseCommand(print: Print = printLine): Command {
  return directiveCommand('release', 'Sign and publish which firmware a meter is to fetch and run.')
    .requiredOption('--image <file>', 'the firmware, as it is at the URL')
    .requiredOption('--url <url>', 'where the meter finds it, http:// or https://', urlOption)
    .requiredOption(
      '--firmware-version <n>',
      'like 0.2.0 or 512; must be above what the meter runs and what it has tried',
      firmwareVersionOption,
    )
    .action(async (options: ReleaseOptions) => {
      const { m3terId, image, url, firmwareVersion: version } = options;
      await sendDirective(options, 'firmware', { m3terId, version, hash: hashOf(image), url }, print);
    });
}

/** As `FIRMWARE_VERSION` has it: a byte each of major, minor and patch. */
function firmwareVersionOption(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return versionOption(text);
  const [major = 0, minor = 0, patch = 0] = parts;
  if (Math.max(...parts) > 255)
    throw new InvalidArgumentError('Expected a version like 0.2.0, of numbers up to 255.');
  return versionOption(`${(major << 16) | (minor << 8) | patch}`);
}

function urlOption(text: string): string {
  if (parseReleaseUrl(text) === undefined)
    throw new InvalidArgumentError(
      'Expected http:// or https://, a host and a path, at most 200 characters of ASCII, no user and no #.',
    );
  return text;
}

/** @throws Failure when the file cannot be read. */
function hashOf(path: string): Uint8Array {
  try {
    return Uint8Array.from(createHash('sha256').update(readFileSync(path)).digest());
  } catch (error) {
    throw unreadable('image', path, error);
  }
}
