#ifndef RESIDUE_H
#define RESIDUE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  /** Places of the stack that hold a part of a secret */
  int64_t residues;
  /** Bytes of stack that signing has used */
  int64_t depth;
} residue_report;

/**
 * Signs on a thread of its own, whose stack is then searched for the secrets.
 * @param secrets `count` of 32 bytes each, big-endian; looked for in either byte order
 */
residue_report search_stack_after_signing(const uint8_t *digest, const uint8_t *private_key, const uint8_t *secrets,
                                          size_t count);

#endif
