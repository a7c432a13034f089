import { equal } from '../bytes';
import type { FlashRegion } from '../host';

/** Writes and reads back: true when the flash then holds these very bytes. */
export function program(region: FlashRegion, offset: number, bytes: Uint8Array): boolean {
  return region.write(offset, bytes) && equal(region.read(offset, bytes.length), bytes);
}
