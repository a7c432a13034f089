/** Of the four low bits: four steps of the reflected polynomial 0xEDB88320. */
const NIBBLES = new Int32Array([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
  0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/**
 * CRC-32 of IEEE 802.3 (ISO-HDLC: reflected, initial and final complement), an unsigned 32-bit integer; of the ASCII
 * text `123456789` it is 0xCBF43926. With the result for the bytes that came `before`, it goes on from there.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  // Kept a signed 32-bit integer: XS would hold an unsigned one as a double.
  let crc = ~before;
  for (let k = 0; k < bytes.length; k++) {
    crc ^= bytes[k] as number;
    crc = (NIBBLES[crc & 15] as number) ^ (crc >>> 4);
    crc = (NIBBLES[crc & 15] as number) ^ (crc >>> 4);
  }
  return ~crc >>> 0;
}
