/**
 * De-interleaves ADC conversions, which come one channel at a time, into sample sets: rows of one count per channel.
 * A set is complete when every channel has come once, in whatever order: the ESP32's DMA swaps neighbours.
 */
#ifndef SAMPLE_SETS_H
#define SAMPLE_SETS_H

#include <stdbool.h>
#include <stdint.h>

/** Three phases of a voltage and a current */
#define SAMPLE_SETS_MAX_CHANNELS 6
#define SAMPLE_SETS_MAX_CHANNEL 15

/** Its fields are its own. */
typedef struct {
  /** Where in a set each channel's count goes, plus one; 0 for a channel that is not sampled */
  uint8_t places[SAMPLE_SETS_MAX_CHANNEL + 1];
  /** A bit for each place that is filled, and the bits of a complete set */
  uint8_t filled;
  uint8_t complete;
  uint16_t set[SAMPLE_SETS_MAX_CHANNELS];
  /** Sets given up, because a channel came twice before another had come. */
  uint32_t broken;
  /** Conversions at an end of the converter's range, 0 or 4095, of the channels that are sampled. */
  uint32_t clipped;
} sample_sets;

/**
 * @param channels ADC channels in the order v1, i1, v2, i2, ...
 * @returns false when they are not 2, 4 or 6 different ones of 0 to 15
 */
bool sample_sets_init(sample_sets *sets, const uint8_t *channels, uint32_t count);

/**
 * Takes one conversion. One of a channel that is not sampled is ignored.
 * @returns the set that it completes, to be copied before the next call; NULL when it completes none
 */
const uint16_t *sample_sets_take(sample_sets *sets, uint32_t channel, uint16_t count);

#endif
