import { readFileSync } from 'node:fs';
import type { Chip } from '../board';

/**
 * The `sdkconfig.defaults` of a build for production, to be written into a folder that `SDKCONFIGPATH` names: mcconfig
 * takes one folder, and of two lines for an option the later. A development build takes the folder `development` as it
 * is.
 */
export function productionConfig(chip: Chip): string {
  const fragments = ['development/sdkconfig', 'production/common', `production/${chip}`];
  return fragments.map(name => readFileSync(new URL(`${name}.defaults`, import.meta.url), 'utf8')).join('\n');
}
