import type { Prng } from '../../hosts/mock/prng';
import { below, bytesOf, one } from './draw';

/** What befalls flash: its length stays, and so does most of it. */
export function mutateImage(prng: Prng, image: Uint8Array, sectorSize: number): Uint8Array {
  const mutant = image.slice();
  do {
    const at = below(prng, image.length);
    const sector = at - (at % sectorSize);
    const length = 1 + below(prng, below(prng, 4) === 0 ? sectorSize : 16);
    const end = Math.min(at + length, sector + sectorSize);
    switch (below(prng, 6)) {
      case 0:
        mutant[at] = (mutant[at] as number) ^ (1 << below(prng, 8));
        break;
      case 1:
        mutant.set(bytesOf(prng, end - at), at);
        break;
      case 2:
        mutant.fill(one(prng, [0, 0xff]), at, end);
        break;
      case 3:
        mutant.fill(0xff, sector, at);
        break;
      case 4:
        // a sector twice, or what was in it before
        mutant.copyWithin(sector, sectorSize * below(prng, image.length / sectorSize), sectorSize);
        break;
      default:
        mutant.copyWithin(at, below(prng, image.length - sectorSize), below(prng, sectorSize));
    }
  } while (below(prng, 3) > 0);
  return mutant;
}
