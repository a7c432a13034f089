import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Puts new content between `<!-- name:begin -->` and `<!-- name:end -->` in a Markdown file.
 * @throws Error when the file cannot be read or does not have both marks, in this order.
 */
export function replaceSection(file: string, name: string, content: string): void {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: expected ${begin} and ${end}, got no such marks`);
  writeFileSync(file, `${text.slice(0, from)}${begin}\n${content.trim()}\n${text.slice(to)}`);
}
