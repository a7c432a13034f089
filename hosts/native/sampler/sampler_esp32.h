/** Continuous sampling on an ESP32: DMA conversions of ADC1, summed into windows on a task of its own. There is one. */
#ifndef SAMPLER_ESP32_H
#define SAMPLER_ESP32_H

#include "scope.h"
#include "window_ring.h"

/**
 * Starts to sample.
 * @param channels of ADC1, in the order v1, i1, v2, i2, ...; 2, 4 or 6 of them
 * @param sets_per_second of one conversion a channel; raised to what the hardware can do at least
 * @returns false when the channels are no such, the driver refuses them, memory is short or it is sampling already
 */
bool sampler_start(const uint8_t *channels, uint32_t count, uint32_t sets_per_second);

/** Takes the oldest window that waits. @returns false when none does */
bool sampler_take(window_ring_entry *entry);

/** As `scope_request`; when it is sampling. */
void sampler_capture(uint32_t sets);

/** As `scope_answer`. */
const uint16_t *sampler_captured(int64_t *span);

/** Ends sampling, within two frames. Without effect when it is not sampling. */
void sampler_stop(void);

#endif
