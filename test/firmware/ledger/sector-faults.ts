import type { EmulatedFlash, Wear } from '../../../hosts/mock/flash';

/** How a sector can fail that was sound, or never was. */
export type SectorFault = Wear | 'stuck at 0' | 'stuck at 1';

export const SECTOR_FAULTS: readonly SectorFault[] = [
  ...(['refuses', 'ignores', 'write-refused', 'write-short', 'erase-refused', 'erase-short'] as const),
  ...(['stuck at 0', 'stuck at 1'] as const),
];

/** Of a sector that begins with a header and records: in the header, in the first record, and behind. */
const STUCK_AT = [10, 18, 60, 300];

export function spoil(region: EmulatedFlash, sector: number, fault: SectorFault): void {
  if (fault !== 'stuck at 0' && fault !== 'stuck at 1') region.wearOut(sector, fault);
  else
    for (const at of STUCK_AT)
      region.stick(sector * region.sectorSize + at, 0x11, fault === 'stuck at 1' ? 1 : 0);
}

export function sectorsOf(region: EmulatedFlash): number[] {
  return Array.from({ length: region.size / region.sectorSize }, (_, k) => k);
}
