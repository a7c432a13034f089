import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of ESP-IDF, as the SDK expects it. */
const VERSION = 'v6.0';

/**
 * Does something with a folder in the place of ESP-IDF's: enough for mcconfig to make the JavaScript of an app. It asks
 * git for the version, and has `idf.py` write a header of settings, which only C needs.
 */
export async function withIdfStandIn<Made>(make: (folder: string) => Promise<Made>): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-idf-'));
  try {
    const git = (...words: string[]) => execFileSync('git', ['-C', folder, ...words]);
    const author = ['-c', 'user.name=none', '-c', 'user.email=none@localhost'];
    git('init', '--quiet');
    git(...author, 'commit', '--quiet', '--allow-empty', '--message', VERSION);
    git('tag', VERSION);
    writeFileSync(join(folder, 'idf.py'), '#!/bin/sh\n', { mode: 0o755 });
    return await make(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
