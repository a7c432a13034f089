/** Rewrites README.md's tables of events, supply reasons and policy fields from the source, docstrings included. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EVENT_CODES } from '../firmware/attest/event';
import { POLICY_NAMES, policyRange } from '../firmware/ledger/policy';
import { SUPPLY_REASONS } from '../firmware/supply/supply-reason';
import { replaceSection } from './readme-section';

/** The docstring of each property in a source file of the firmware, by the property's name. */
function docstrings(path: string): ReadonlyMap<string, string> {
  const source = readFileSync(fileURLToPath(new URL(`../firmware/${path}`, import.meta.url)), 'utf8');
  const found = source.matchAll(/\/\*\* (.*?) \*\/\n {2}(?:readonly )?(\w+):/g);
  return new Map([...found].map(([, text = '', name = '']) => [name, text.replaceAll('|', '\\|')]));
}

function eventTable(): string {
  const texts = docstrings('attest/event.ts');
  const rows = Object.entries(EVENT_CODES).map(
    ([name, code]) => `| ${code} | \`${name}\` | ${texts.get(name) ?? ''} |`,
  );
  return ['| code | event | what happened [`detail`] |', '|---:|---|---|', ...rows].join('\n');
}

function reasonList(): string {
  return Object.entries(SUPPLY_REASONS)
    .map(([name, number]) => `${number} ${name}`)
    .join(', ');
}

function policyTable(): string {
  const texts = docstrings('ledger/policy.ts');
  const rows = POLICY_NAMES.map(name => {
    const { least, most, initial } = policyRange(name);
    return `| \`${name}\` | ${least} to ${most} | ${initial} | ${texts.get(name) ?? ''} |`;
  });
  return ['| field | range | without a policy | meaning |', '|---|---:|---:|---|', ...rows].join('\n');
}

/** The section between the marks `codes`. */
export function codeSection(): string {
  return `Supply reasons: ${reasonList()}. The relay is closed in \`supplied\`, \`emergency\`, \`friendly\` and \`reduced\`.

${eventTable()}

The fields of a \`Policy\`, after its version:

${policyTable()}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) replaceSection('README.md', 'codes', codeSection());
