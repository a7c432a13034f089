// Not compiled as it stands: the build joins it with the libraries that it includes, into one file.
#include "secp256k1_config.h"

#include "m3ter_crypto.h"

#include "src/secp256k1.c"

#include "KeccakP-1600-inplace32BI.c"
// The sponge has macros of the same names.
#undef SnP_AddBytes
#undef SnP_ExtractBytes
#include "KeccakSpongeWidth1600.c"

/** Ethereum writes the recovery bit as 27 or 28 (yellow paper, appendix F). */
#define V_OFFSET 27

/** Keccak[512]: the sponge's rate and capacity in bits, and the first bit of its padding */
#define KECCAK_256_RATE 1088
#define KECCAK_256_CAPACITY 512
#define KECCAK_PADDING 0x01

/** Bytes: more than any call that sees a secret uses. Signing uses 1.9 KB on RV32, 2.3 KB on a 64-bit machine. */
#define WIPED_STACK 3072

#define TABLE_SIZE (sizeof(secp256k1_ge_storage) * ECMULT_TABLE_SIZE(WINDOW_G))
#define CONTEXT_SIZE (ROUND_TO_ALIGN(sizeof(secp256k1_context)) + ROUND_TO_ALIGN(TABLE_SIZE))

static _Alignas(ALIGNMENT) unsigned char context_memory[CONTEXT_SIZE];
static secp256k1_context *context;

/** libsecp256k1 calls these for misuse and for memory that went bad: no signature may come of either. */
void secp256k1_default_illegal_callback_fn(const char *message, void *data) {
  (void)message;
  (void)data;
  abort();
}

void secp256k1_default_error_callback_fn(const char *message, void *data) {
  (void)message;
  (void)data;
  abort();
}

/**
 * Zeroes the stack that the call before has used, in a way that no compiler takes for useless: a compiler may leave out
 * the library's own clearing, and does not clear what it spilled. Never inlined, nor is that call, so that both lie in
 * the same place.
 */
__attribute__((noinline)) static void wipe_stack(void) {
  uint32_t stack[WIPED_STACK / sizeof(uint32_t)];
  volatile uint32_t *word = stack;
  while (word < stack + WIPED_STACK / sizeof(uint32_t)) *word++ = 0;
}

void m3ter_crypto_init(const uint8_t seed[32]) {
  if (context == NULL) {
    const unsigned int flags = SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY;
    if (secp256k1_context_preallocated_size(flags) > sizeof context_memory) abort();
    context = secp256k1_context_preallocated_create(context_memory, flags);
  }
  if (!secp256k1_context_randomize(context, seed)) abort();
  wipe_stack();
}

/** The digest modulo n: RFC 6979 derives the nonce from that (2.3.4), the library from the digest as it comes. */
static void reduce(uint8_t *reduced, const uint8_t *digest) {
  secp256k1_scalar scalar;
  secp256k1_scalar_set_b32(&scalar, digest, NULL);
  secp256k1_scalar_get_b32(reduced, &scalar);
}

__attribute__((noinline)) static bool sign(uint8_t *signature, const uint8_t *digest, const uint8_t *private_key) {
  secp256k1_ecdsa_recoverable_signature recoverable;
  uint8_t reduced[M3TER_DIGEST_SIZE];
  int recovery_bit;
  reduce(reduced, digest);
  if (!secp256k1_ecdsa_sign_recoverable(context, &recoverable, reduced, private_key, NULL, NULL)) return false;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context, signature, &recovery_bit, &recoverable);
  signature[64] = (uint8_t)(V_OFFSET + recovery_bit);
  return true;
}

bool m3ter_sign(uint8_t signature[M3TER_SIGNATURE_SIZE], const uint8_t digest[M3TER_DIGEST_SIZE],
                const uint8_t private_key[M3TER_PRIVATE_KEY_SIZE]) {
  const bool is_signed = sign(signature, digest, private_key);
  wipe_stack();
  return is_signed;
}

static bool has_low_s(const uint8_t *signature) {
  secp256k1_scalar s;
  int overflow;
  secp256k1_scalar_set_b32(&s, signature + 32, &overflow);
  return !overflow && !secp256k1_scalar_is_high(&s);
}

bool m3ter_recover(uint8_t public_key[M3TER_PUBLIC_KEY_SIZE], const uint8_t digest[M3TER_DIGEST_SIZE],
                   const uint8_t signature[M3TER_SIGNATURE_SIZE]) {
  const int recovery_bit = signature[64] - V_OFFSET;
  secp256k1_ecdsa_recoverable_signature recoverable;
  secp256k1_pubkey key;
  uint8_t uncompressed[65];
  size_t length = sizeof uncompressed;
  if ((recovery_bit != 0 && recovery_bit != 1) || !has_low_s(signature)) return false;
  if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context, &recoverable, signature, recovery_bit))
    return false;
  if (!secp256k1_ecdsa_recover(context, &key, &recoverable, digest)) return false;
  secp256k1_ec_pubkey_serialize(context, uncompressed, &length, &key, SECP256K1_EC_UNCOMPRESSED);
  memcpy(public_key, uncompressed + 1, M3TER_PUBLIC_KEY_SIZE);
  return true;
}

__attribute__((noinline)) static void sha256(uint8_t *digest, const uint8_t *message, size_t length) {
  secp256k1_sha256 hash;
  secp256k1_sha256_initialize(&hash);
  secp256k1_sha256_write(&hash, message, length);
  secp256k1_sha256_finalize(&hash, digest);
}

void m3ter_sha256(uint8_t digest[M3TER_DIGEST_SIZE], const uint8_t *message, size_t length) {
  sha256(digest, message, length);
  wipe_stack();
}

static secp256k1_sha256 pieces;

void m3ter_sha256_begin(void) { secp256k1_sha256_initialize(&pieces); }

void m3ter_sha256_add(const uint8_t *piece, size_t length) { secp256k1_sha256_write(&pieces, piece, length); }

void m3ter_sha256_end(uint8_t digest[M3TER_DIGEST_SIZE]) { secp256k1_sha256_finalize(&pieces, digest); }

__attribute__((noinline)) static void keccak256(uint8_t *digest, const uint8_t *message, size_t length) {
  KeccakWidth1600_Sponge(KECCAK_256_RATE, KECCAK_256_CAPACITY, message, length, KECCAK_PADDING, digest,
                         M3TER_DIGEST_SIZE);
}

void m3ter_keccak256(uint8_t digest[M3TER_DIGEST_SIZE], const uint8_t *message, size_t length) {
  keccak256(digest, message, length);
  wipe_stack();
}
