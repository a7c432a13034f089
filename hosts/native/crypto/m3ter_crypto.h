/**
 * The device's cryptography on libsecp256k1 and the Keccak team's permutation: the native twin of hosts/node/crypto.ts,
 * which gives the same bytes. No allocation: one static context of about 450 bytes, for one thread. Whatever may have
 * seen a secret wipes its stack.
 */
#ifndef M3TER_CRYPTO_H
#define M3TER_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define M3TER_DIGEST_SIZE 32
#define M3TER_PRIVATE_KEY_SIZE 32
#define M3TER_PUBLIC_KEY_SIZE 64
#define M3TER_SIGNATURE_SIZE 65

/**
 * Makes the context and blinds its multiplications, against whoever measures power or radiation. To be called before
 * `m3ter_sign` and `m3ter_recover`; again at any time, to blind anew. The blinding changes no result.
 * @param seed random bytes
 */
void m3ter_crypto_init(const uint8_t seed[32]);

/**
 * Signs by RFC 6979 on secp256k1, in constant time. Uses 3 KB of stack.
 * @param signature r || s || v, s in the lower half, v 27 or 28; untouched on failure
 * @returns false when the private key is not 1 to n - 1
 */
bool m3ter_sign(uint8_t signature[M3TER_SIGNATURE_SIZE], const uint8_t digest[M3TER_DIGEST_SIZE],
                const uint8_t private_key[M3TER_PRIVATE_KEY_SIZE]);

/**
 * Finds the public key whose signature of the digest this is. Uses 7 KB of stack.
 * @param public_key x || y; untouched on failure
 * @returns false when it is no signature, or not in the one form that `m3ter_sign` gives
 */
bool m3ter_recover(uint8_t public_key[M3TER_PUBLIC_KEY_SIZE], const uint8_t digest[M3TER_DIGEST_SIZE],
                   const uint8_t signature[M3TER_SIGNATURE_SIZE]);

/** FIPS 180-4 */
void m3ter_sha256(uint8_t digest[M3TER_DIGEST_SIZE], const uint8_t *message, size_t length);

/** The one SHA-256 over pieces that there is; begun anew it forgets what came before. Nothing of it is secret. */
void m3ter_sha256_begin(void);
void m3ter_sha256_add(const uint8_t *piece, size_t length);
/** Of all that was added since `m3ter_sha256_begin`, which must be called before anything is added again. */
void m3ter_sha256_end(uint8_t digest[M3TER_DIGEST_SIZE]);

/** Keccak[512] with the padding of before FIPS 202, as Ethereum uses it. */
void m3ter_keccak256(uint8_t digest[M3TER_DIGEST_SIZE], const uint8_t *message, size_t length);

#endif
