import type { FlashPartition, FlashStorage } from '../../../hosts/esp32/flash-region';
import type { EmulatedFlash } from '../../../hosts/mock/flash';

/** The SDK's `embedded:storage/flash` over emulated NOR flash: buffers without a view, and failures by throwing. */
export function fakeFlash(partitions: Readonly<Record<string, EmulatedFlash>>): FlashStorage {
  return {
    open({ path }): FlashPartition {
      const flash = partitions[path];
      if (flash === undefined) throw new Error("can't find partition");
      return {
        read: (length, offset) => flash.read(offset, length).slice().buffer as ArrayBuffer,
        write(bytes, offset) {
          if (!flash.write(offset, bytes)) throw new Error('write failed');
        },
        eraseBlock(block) {
          if (!flash.erase(block)) throw new Error('erase failed');
        },
        status: () => ({ size: flash.size, blockLength: flash.sectorSize }),
      };
    },
  };
}
