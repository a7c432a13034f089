/** Writes test/vectors/{Type}.json: for each signed type messages, and all that others need to check their code. */
import { writeFileSync } from 'node:fs';
import { vectorFiles } from './vectors/vector-files';

for (const { name, text } of vectorFiles())
  writeFileSync(new URL(`../test/vectors/${name}`, import.meta.url), text);
