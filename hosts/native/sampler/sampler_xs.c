// The sampler for JavaScript: sampler.ts binds these functions.
#include "sampler_esp32.h"

#include "xsmc.h"

#include <string.h>

/** Eight of the window and nine sums a phase, in the order that native-window.ts reads. */
#define WINDOW_NUMBERS 35

/** (channels: Uint8Array, setsPerSecond: number): boolean */
void xs_sampler_start(xsMachine *the) {
  const uint32_t sets_per_second = xsmcToUnsigned(xsArg(1));
  void *channels;
  xsUnsignedValue count;
  xsmcGetBufferReadable(xsArg(0), &channels, &count);
  const bool started = sampler_start(channels, count, sets_per_second);
  xsmcSetBoolean(xsResult, started);
}

/** (bytes: Uint8Array): boolean. Writes the numbers of the oldest window, if one waits, as doubles. */
void xs_sampler_take(xsMachine *the) {
  void *numbers;
  xsUnsignedValue size;
  window_ring_entry entry;
  xsmcGetBufferWritable(xsArg(0), &numbers, &size);
  if (size != WINDOW_NUMBERS * sizeof(double)) xsRangeError("bytes: expected those of 35 doubles, got %d", (int)size);
  const bool taken = sampler_take(&entry);
  xsmcSetBoolean(xsResult, taken);
  if (!taken) return;
  const sampler_window *window = &entry.window;
  double values[WINDOW_NUMBERS] = {
    window->samples, window->cycles, (double)window->duration, (double)window->cycle_span,
    (double)window->gap, entry.losses, entry.clipped, entry.joined};
  const int64_t *sums = &window->phases[0].v;
  for (int k = 8; k < WINDOW_NUMBERS; k++) values[k] = (double)sums[k - 8];
  // The machine aligns its buffers to less than a double may need.
  memcpy(numbers, values, sizeof values);
}

/** (sets: number) */
void xs_sampler_capture(xsMachine *the) { sampler_capture(xsmcToUnsigned(xsArg(0))); }

/**
 * (counts: Uint8Array): number. Copies the sample sets asked for, once they are all there.
 * @returns us from the sample set before the first one to the last; 0 while some are missing
 */
void xs_sampler_captured(xsMachine *the) {
  void *bytes;
  xsUnsignedValue size;
  int64_t span = 0;
  xsmcGetBufferWritable(xsArg(0), &bytes, &size);
  const uint16_t *counts = sampler_captured(&span);
  if (size > sizeof(uint16_t) * SCOPE_MAX_SETS * SAMPLE_SETS_MAX_CHANNELS)
    xsRangeError("counts: expected those of 256 sample sets at most, got %d bytes", (int)size);
  if (counts != NULL) memcpy(bytes, counts, size);
  xsmcSetNumber(xsResult, (double)span);
}

/** () */
void xs_sampler_stop(xsMachine *the) {
  (void)the;
  sampler_stop();
}
