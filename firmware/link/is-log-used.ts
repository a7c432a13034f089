import type { FlashRegion } from '../host';
import { decodeHeader, HEADER_LENGTH } from './log-format';

/** Whether some firmware, of this version or a later one, has kept entries in this region. */
export function isLogUsed(region: FlashRegion): boolean {
  for (let offset = 0; offset < region.size; offset += region.sectorSize)
    if (decodeHeader(region.read(offset, HEADER_LENGTH)) !== undefined) return true;
  return false;
}
