/**
 * Hands finished windows from the sampling task to the one that runs the meter: one producer, one consumer, no lock,
 * neither ever waits for the other. When the consumer is so late that the ring is full, windows are joined into one
 * longer window instead of being dropped: their sums add up, so no energy is lost, only resolution in time.
 */
#ifndef WINDOW_RING_H
#define WINDOW_RING_H

#include "sampler_kernel.h"

#include <stdatomic.h>

/** Windows of about 200 ms that wait for the consumer; a power of two, so that the indices may wrap. */
#define WINDOW_RING_SIZE 8

/** What the consumer gets. */
typedef struct {
  sampler_window window;
  /** DMA buffers and sample sets lost since the entry before: the duration spans them, the samples do not. */
  uint32_t losses;
  /** Conversions at an end of the ADC's range since the entry before. */
  uint32_t clipped;
  /** Windows of the kernel that this one is made of; above 1 when the consumer was late. */
  uint32_t joined;
} window_ring_entry;

/** Begins zeroed. Its fields are the ring's own. */
typedef struct {
  window_ring_entry entries[WINDOW_RING_SIZE];
  /** Entries ever written and read; the producer alone advances the one, the consumer the other. */
  _Atomic uint32_t written;
  _Atomic uint32_t read;
  /** The producer's: what did not fit yet. None while its `joined` is 0. */
  window_ring_entry pending;
} window_ring;

/**
 * For the producer: takes a window, and how many DMA buffers and sample sets were lost and how many conversions were
 * clipped since the one before.
 */
void window_ring_push(window_ring *ring, const sampler_window *window, uint32_t losses, uint32_t clipped);

/** For the consumer. @returns false when nothing waits */
bool window_ring_take(window_ring *ring, window_ring_entry *entry);

#endif
