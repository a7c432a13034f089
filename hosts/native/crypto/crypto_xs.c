// The Crypto port for JavaScript: crypto.ts binds these functions. Each fills the array that is its first argument, so
// that nothing is allocated, and so moved, while C holds pointers into the machine's memory.
#include "m3ter_crypto.h"
#include "random.h"

#include "xsmc.h"

#define READABLE(argument, size, name) bytes_of(the, &xsArg(argument), size, name, 0)
#define WRITABLE(argument, size, name) bytes_of(the, &xsArg(argument), size, name, 1)

static uint8_t *bytes_of(xsMachine *the, xsSlot *slot, xsUnsignedValue size, const char *name,
                         xsBooleanValue writable) {
  void *bytes;
  xsUnsignedValue count;
  _xsmcGetBuffer(the, slot, &bytes, &count, writable);
  if (count != size) xsRangeError("%s: expected %d bytes, got %d", name, (int)size, (int)count);
  return bytes;
}

/** (): blinds the context by the hardware's randomness; to be called before `sign` and `recover`. */
void xs_crypto_init(xsMachine *the) {
  uint8_t seed[32];
  (void)the;
  m3ter_random(seed, sizeof seed);
  m3ter_crypto_init(seed);
}

/** (random: Uint8Array) */
void xs_crypto_random(xsMachine *the) {
  void *bytes;
  xsUnsignedValue count;
  xsmcGetBufferWritable(xsArg(0), &bytes, &count);
  m3ter_random(bytes, count);
}

/** (digest: Uint8Array, message: Uint8Array) */
void xs_crypto_sha256(xsMachine *the) {
  void *message;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(1), &message, &length);
  m3ter_sha256(WRITABLE(0, M3TER_DIGEST_SIZE, "digest"), message, length);
}

/** () */
void xs_crypto_sha256_begin(xsMachine *the) {
  (void)the;
  m3ter_sha256_begin();
}

/** (piece: Uint8Array) */
void xs_crypto_sha256_add(xsMachine *the) {
  void *piece;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &piece, &length);
  m3ter_sha256_add(piece, length);
}

/** (digest: Uint8Array) */
void xs_crypto_sha256_end(xsMachine *the) { m3ter_sha256_end(WRITABLE(0, M3TER_DIGEST_SIZE, "digest")); }

/** (digest: Uint8Array, message: Uint8Array) */
void xs_crypto_keccak256(xsMachine *the) {
  void *message;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(1), &message, &length);
  m3ter_keccak256(WRITABLE(0, M3TER_DIGEST_SIZE, "digest"), message, length);
}

/** (signature: Uint8Array, digest: Uint8Array, privateKey: Uint8Array) */
void xs_crypto_sign(xsMachine *the) {
  uint8_t *signature = WRITABLE(0, M3TER_SIGNATURE_SIZE, "signature");
  const uint8_t *digest = READABLE(1, M3TER_DIGEST_SIZE, "digest");
  const uint8_t *key = READABLE(2, M3TER_PRIVATE_KEY_SIZE, "privateKey");
  if (!m3ter_sign(signature, digest, key)) xsRangeError("privateKey: expected 1 to n - 1, got another number");
}

/** (publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean */
void xs_crypto_recover(xsMachine *the) {
  uint8_t *public_key = WRITABLE(0, M3TER_PUBLIC_KEY_SIZE, "publicKey");
  const uint8_t *digest = READABLE(1, M3TER_DIGEST_SIZE, "digest");
  const uint8_t *signature = READABLE(2, M3TER_SIGNATURE_SIZE, "signature");
  const bool recovered = m3ter_recover(public_key, digest, signature);
  xsmcSetBoolean(xsResult, recovered);
}
