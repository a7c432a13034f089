#include "residue.h"

#include "../crypto/m3ter_crypto.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE (256 * 1024)
#define UNTOUCHED 0xa5
#define SECRET_SIZE 32
/** So many bytes in a row are no coincidence. */
#define PART 8

typedef struct {
  const uint8_t *digest;
  const uint8_t *private_key;
  /** Where the stack of the call that signs begins, once it has returned; it grows downwards. */
  _Atomic(uint8_t *) signed_below;
  atomic_bool searched;
} signer;

static void *sign_and_wait(void *argument) {
  signer *self = argument;
  uint8_t signature[M3TER_SIGNATURE_SIZE];
  m3ter_sign(signature, self->digest, self->private_key);
  // Calls nothing until the search is over: a call would overwrite what signing has left.
  atomic_store(&self->signed_below, (uint8_t *)__builtin_frame_address(0));
  while (!atomic_load(&self->searched)) continue;
  return NULL;
}

static int64_t count_parts(const uint8_t *from, const uint8_t *to, const uint8_t *secret) {
  int64_t found = 0;
  for (size_t k = 0; k + PART <= SECRET_SIZE; k += PART)
    for (const uint8_t *at = from; at + PART <= to; at++) found += memcmp(at, secret + k, PART) == 0;
  return found;
}

static int64_t count_residues(const uint8_t *from, const uint8_t *to, const uint8_t *secrets, size_t count) {
  int64_t found = 0;
  for (size_t k = 0; k < count; k++) {
    const uint8_t *secret = secrets + k * SECRET_SIZE;
    uint8_t reversed[SECRET_SIZE];
    for (size_t j = 0; j < SECRET_SIZE; j++) reversed[j] = secret[SECRET_SIZE - 1 - j];
    found += count_parts(from, to, secret) + count_parts(from, to, reversed);
  }
  return found;
}

residue_report search_stack_after_signing(const uint8_t *digest, const uint8_t *private_key, const uint8_t *secrets,
                                          size_t count) {
  signer self = {.digest = digest, .private_key = private_key};
  uint8_t *stack = aligned_alloc(4096, STACK_SIZE);
  memset(stack, UNTOUCHED, STACK_SIZE);
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, STACK_SIZE);
  if (pthread_create(&thread, &attributes, sign_and_wait, &self) != 0) abort();
  while (atomic_load(&self.signed_below) == NULL) continue;
  const uint8_t *touched = stack;
  while (*touched == UNTOUCHED) touched++;
  const residue_report report = {
    .residues = count_residues(stack, stack + STACK_SIZE, secrets, count),
    .depth = self.signed_below - touched,
  };
  atomic_store(&self.searched, true);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  free(stack);
  return report;
}
