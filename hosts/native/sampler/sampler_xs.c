// The sampler for JavaScript: sampler.ts binds these functions.
#include "sampler_esp32.h"

#include "xsmc.h"

#include <string.h>

/** Six of the window and nine sums a phase, in the order that native-window.ts reads. */
#define WINDOW_NUMBERS 33

/** (channels: Uint8Array, setsPerSecond: number): boolean */
void xs_sampler_start(xsMachine *the) {
  const uint32_t sets_per_second = xsmcToUnsigned(xsArg(1));
  void *channels;
  xsUnsignedValue count;
  xsmcGetBufferReadable(xsArg(0), &channels, &count);
  const bool started = sampler_start(channels, count, sets_per_second);
  xsmcSetBoolean(xsResult, started);
}

/** (numbers: Float64Array): boolean. Writes the oldest window, if one waits. */
void xs_sampler_take(xsMachine *the) {
  void *numbers;
  xsUnsignedValue size;
  window_ring_entry entry;
  xsmcGetBufferWritable(xsArg(0), &numbers, &size);
  if (size != WINDOW_NUMBERS * sizeof(double)) xsRangeError("numbers: expected 33, got %d bytes", (int)size);
  const bool taken = sampler_take(&entry);
  xsmcSetBoolean(xsResult, taken);
  if (!taken) return;
  const sampler_window *window = &entry.window;
  double values[WINDOW_NUMBERS] = {
    window->samples, window->cycles, (double)window->duration, (double)window->cycle_span, entry.losses, entry.joined};
  const int64_t *sums = &window->phases[0].v;
  for (int k = 6; k < WINDOW_NUMBERS; k++) values[k] = (double)sums[k - 6];
  // The machine aligns its buffers to less than a double may need.
  memcpy(numbers, values, sizeof values);
}

/** () */
void xs_sampler_stop(xsMachine *the) {
  (void)the;
  sampler_stop();
}
