/**
 * Names the typed arrays, which cbor-x reads when it is loaded: XS leaves the names of its built-ins out of ROM. To be
 * imported before it, where it is preloaded; later they could not be set any more.
 */
const TYPED_ARRAYS = {
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
};

for (const [name, value] of Object.entries(TYPED_ARRAYS))
  Object.defineProperty(value, 'name', { value: name });
