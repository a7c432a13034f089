import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]+"([^"]+)".*$/gm;
const GUARD = /#ifndef (\w+)\s+#define \1\b/;

/**
 * Makes one C source of many: the text of `file` with each `#include "..."` replaced by the file's text, for builds
 * that know one include folder at most. A file with an include guard is taken once, any other as often as it is
 * named. A name found nowhere is left as it is: it stands in a branch that the configuration leaves out.
 * @param folders where to look, after the including file's own
 */
export function joinSources(file: string, folders: readonly string[], taken = new Set<string>()): string {
  const path = resolve(file);
  const text = readFileSync(path, 'utf8');
  if (GUARD.test(text)) {
    if (taken.has(path)) return '';
    taken.add(path);
  }
  return text.replace(INCLUDE, (line, name: string) => {
    const found = [dirname(path), ...folders].map(folder => resolve(folder, name)).find(existsSync);
    return found === undefined ? line : joinSources(found, folders, taken);
  });
}
