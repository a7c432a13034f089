/** Of this firmware: major, minor and patch of the package's version, a byte each. A release must be above it. u32 */
export const FIRMWARE_VERSION = 0x00_01_00;
