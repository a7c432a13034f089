/** In place of Node's module of this name: nothing that is counted is random. */
export function randomFillSync(bytes: Uint8Array): Uint8Array {
  return bytes;
}
