import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { EmulatedFlash, EmulatedMeterFlash } from '../../hosts/mock/flash';
import { type Counters, NO_COUNTERS } from './counter-history';

const IMAGES = '../../test/complaints/flash-format-';

/** What the registers are in the image of the first format. */
export const FORMER_COUNTERS: Counters = {
  ...NO_COUNTERS,
  ...{ imported: 1_338_000, exported: 48_000, debited: 1_338_000 },
  ...{ credited: 5_000_000, withdrawn: 200_000, acknowledged: 2 },
};

/** And in that of the second, whose meter has three phases, a calibration and a policy. */
export const SECOND_COUNTERS: Counters = {
  ...FORMER_COUNTERS,
  ...{ imported: 1_640_000, debited: 1_640_000 },
  phases: [400_000, 0, 0, 120_000, 22_000, 0],
};

type Region = 'ledger' | 'log';
type Images = { readonly ledger: Uint8Array; readonly log?: Uint8Array };

const read = new Map<1 | 2, Images>();

/** Puts on erased flash what the firmware of a format before left there; of the second there is a ledger only. */
export function restoreFormer(
  flash: Pick<EmulatedMeterFlash, 'ledger'> & Partial<EmulatedMeterFlash>,
  format: 1 | 2 = 1,
): void {
  const { ledger, log } = imagesOf(format);
  restore(flash.ledger, ledger);
  if (flash.log !== undefined && log !== undefined) restore(flash.log, log);
}

/** Sectors that are erased stay so: to write them would take most of the time. */
function restore(region: EmulatedFlash, image: Uint8Array): void {
  const { sectorSize } = region;
  for (let offset = 0; offset < image.length; offset += sectorSize) {
    const sector = image.subarray(offset, offset + sectorSize);
    if (sector.some(byte => byte !== 0xff)) region.write(offset, sector);
  }
}

function imagesOf(format: 1 | 2): Images {
  const known = read.get(format);
  if (known !== undefined) return known;
  const file = new URL(`${IMAGES}${format}.json`, import.meta.url);
  const texts = JSON.parse(readFileSync(file, 'utf8')) as { readonly [name in Region]?: string };
  const unpack = (text: string) => new Uint8Array(gunzipSync(Buffer.from(text, 'base64')));
  const images = {
    ledger: unpack(texts.ledger ?? ''),
    ...(texts.log !== undefined && { log: unpack(texts.log) }),
  };
  read.set(format, images);
  return images;
}
