import { buildEngine } from './build-engine';
import { bundleFirmware } from './bundle';
import type { XsImage } from './xs-meter';

/** The engine and the firmware of these very sources. @throws Error as `buildEngine` does */
export async function buildImage(): Promise<XsImage> {
  return { engine: await buildEngine(), firmware: await bundleFirmware() };
}
