import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { EmulatedFlash, EmulatedMeterFlash } from '../../hosts/mock/flash';
import { type Counters, NO_COUNTERS } from './counter-history';

const IMAGES = new URL('../../test/complaints/flash-format-1.json', import.meta.url);

/** What the registers are in it. */
export const FORMER_COUNTERS: Counters = {
  ...NO_COUNTERS,
  ...{ imported: 1_338_000, exported: 48_000, debited: 1_338_000 },
  ...{ credited: 5_000_000, withdrawn: 200_000, acknowledged: 2 },
};

let images: { readonly [name in Region]: Uint8Array } | undefined;
type Region = 'ledger' | 'log';

/** Puts on erased flash what the firmware of format 1 left there. */
export function restoreFormer(flash: Pick<EmulatedMeterFlash, 'ledger'> & Partial<EmulatedMeterFlash>): void {
  const { ledger, log } = readImages();
  restore(flash.ledger, ledger);
  if (flash.log !== undefined) restore(flash.log, log);
}

/** Sectors that are erased stay so: to write them would take most of the time. */
function restore(region: EmulatedFlash, image: Uint8Array): void {
  const { sectorSize } = region;
  for (let offset = 0; offset < image.length; offset += sectorSize) {
    const sector = image.subarray(offset, offset + sectorSize);
    if (sector.some(byte => byte !== 0xff)) region.write(offset, sector);
  }
}

function readImages() {
  if (images === undefined) {
    const texts = JSON.parse(readFileSync(IMAGES, 'utf8')) as { readonly [name in Region]: string };
    const unpack = (text: string) => new Uint8Array(gunzipSync(Buffer.from(text, 'base64')));
    images = { ledger: unpack(texts.ledger), log: unpack(texts.log) };
  }
  return images;
}
