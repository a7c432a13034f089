#ifndef RING_RACE_H
#define RING_RACE_H

#include <stdint.h>

typedef struct {
  /** Windows pushed whose sums arrived */
  int64_t windows;
  /** Entries taken that are not the sums of the windows that were due */
  int64_t torn;
  /** Entries taken that were made of more than one window */
  int64_t joined;
} ring_race_report;

/** Pushes so many numbered windows from one thread while another takes them, each as fast as it can. */
ring_race_report race_through_ring(uint32_t windows);

#endif
