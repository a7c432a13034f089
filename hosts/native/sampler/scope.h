/**
 * Keeps sample sets as they come, when asked to: the native twin of firmware/metrology/scope.ts, shared by the sampling
 * task, which fills it, and the one that runs the meter, which asks. No lock, neither ever waits for the other.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "sample_sets.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Sample sets in the longest capture: LONGEST_CAPTURE of firmware/metrology/scope.ts */
#define SCOPE_MAX_SETS 256

/** Begins zeroed. Its fields are the scope's own. */
typedef struct {
  /** The consumer's: sample sets asked for, and in the upper half how often it has asked. 0: never */
  _Atomic uint32_t request;
  /** The producer's: the request whose sample sets are all there. They stay as they are until it sees another. */
  _Atomic uint32_t answer;
  /** The producer's: the request that it has seen last, and what is filled of it; none is under way while `wanted` is 0. */
  uint32_t seen;
  uint32_t wanted;
  uint32_t filled;
  /** us, of the sample set before the first one captured */
  int64_t start;
  /** Of the answer: us from there to the last one */
  int64_t span;
  uint16_t counts[SCOPE_MAX_SETS * SAMPLE_SETS_MAX_CHANNELS];
} scope;

/** For the consumer: captures the next `sets` sample sets, 1 to 256, and forgets what was captured before. */
void scope_request(scope *scope, uint32_t sets);

/**
 * For the producer: takes `count` sample sets of `width` counts each.
 * @param start us, of the sample set before the first @param end us, of the last
 */
void scope_add(scope *scope, const uint16_t *block, uint32_t count, uint32_t width, int64_t start, int64_t end);

/** For the producer: samples were lost, so a capture that is under way will never be whole. */
void scope_forget(scope *scope);

/**
 * For the consumer.
 * @param span us from the sample set before the first one captured to the last
 * @returns the sample sets asked for last, which stay as they are until it asks again; NULL when they are not all there
 */
const uint16_t *scope_answer(const scope *scope, int64_t *span);

#endif
