// The SDK compiles for size, which costs the loop a third more instructions.
#pragma GCC optimize("O2")

#include "sampler_kernel.h"

#include <string.h>

/** us: a window ends at the first rising crossing of its age: 10 cycles at 50 Hz, 12 at 60 Hz. */
#define SHORTEST_WINDOW 190000
/** us: without mains there is no crossing to wait for, and a window ends at this age. */
#define LONGEST_WINDOW 250000

bool sampler_kernel_init(sampler_kernel *kernel, uint32_t phases, int64_t start_time, int32_t mid_scale,
                         int32_t hysteresis, sampler_on_window on_window, void *context) {
  if (phases < 1 || phases > SAMPLER_MAX_PHASES) return false;
  memset(kernel, 0, sizeof *kernel);
  kernel->on_window = on_window;
  kernel->context = context;
  kernel->phase_count = phases;
  kernel->hysteresis = hysteresis;
  kernel->rest = mid_scale;
  kernel->time = kernel->window_start = start_time;
  return true;
}

static void prime(sampler_kernel *kernel, const uint16_t *set) {
  for (uint32_t p = 0; p < kernel->phase_count; p++) {
    sampler_phase *phase = &kernel->phases[p];
    phase->previous_v = phase->before_v = set[2 * p];
    phase->previous_i = phase->before_i = set[2 * p + 1];
  }
  kernel->primed = true;
}

/** Adds `count` pairs of v and i, the first at `pair`, `stride` counts from one to the next. */
static void sum_phase(sampler_phase *phase, const uint16_t *pair, uint32_t count, uint32_t stride) {
  // Sums in local variables: they stay in registers. Products of counts fit 32 bits, as do sums of a block's counts.
  sampler_sums sums = phase->sums;
  uint32_t sum_v = 0;
  uint32_t sum_i = 0;
  uint32_t previous_v = phase->previous_v;
  uint32_t previous_i = phase->previous_i;
  for (; count > 0; count--, pair += stride) {
    const uint32_t v = pair[0];
    const uint32_t i = pair[1];
    sum_v += v;
    sum_i += i;
    sums.vv += v * v;
    sums.ii += i * i;
    sums.vi += v * i;
    sums.v_earlier_i += previous_v * i;
    sums.v_i_earlier += v * previous_i;
    previous_v = v;
    previous_i = i;
  }
  sums.v += sum_v;
  sums.i += sum_i;
  phase->sums = sums;
  phase->previous_v = (uint16_t)previous_v;
  phase->previous_i = (uint16_t)previous_i;
}

/** Adds the sample sets of rows `from` to `to`, without the latter, to the window. */
static void sum(sampler_kernel *kernel, const uint16_t *block, uint32_t from, uint32_t to) {
  const uint32_t width = 2 * kernel->phase_count;
  for (uint32_t p = 0; p < kernel->phase_count; p++)
    sum_phase(&kernel->phases[p], block + from * width + 2 * p, to - from, width);
  kernel->samples += to - from;
}

/** The rows of a block that come before the window has its greatest length; all when it does not come to that. */
static uint32_t rows_to_limit(const sampler_kernel *kernel, int64_t block_start, int64_t span, uint32_t count) {
  const int64_t left = kernel->window_start + LONGEST_WINDOW - block_start;
  if (left <= 0) return 0;
  return left >= span ? count : (uint32_t)((left * count + span - 1) / span);
}

/** The first row, `from` on, whose voltage crosses; `limit` when none before that does, `from` when that is later. */
static uint32_t next_division(sampler_kernel *kernel, const uint16_t *block, uint32_t from, uint32_t limit) {
  const uint32_t width = 2 * kernel->phase_count;
  const int32_t rest = kernel->rest;
  const int32_t low = rest - kernel->hysteresis;
  bool armed = kernel->armed;
  uint32_t row = from;
  for (; row < limit; row++) {
    const int32_t v = block[row * width];
    if (v < low) armed = true;
    else if (armed && v >= rest) break;
  }
  kernel->armed = armed;
  return row;
}

static sampler_sums take_sums(sampler_phase *phase) {
  sampler_sums sums = phase->sums;
  sums.v_earlier = phase->before_v + sums.v - phase->previous_v;
  sums.i_earlier = phase->before_i + sums.i - phase->previous_i;
  memset(&phase->sums, 0, sizeof phase->sums);
  phase->before_v = phase->previous_v;
  phase->before_i = phase->previous_i;
  return sums;
}

static void end_window(sampler_kernel *kernel, uint32_t cycles, int64_t cycle_span) {
  sampler_window window = {
    .duration = kernel->time - kernel->window_start,
    .cycle_span = cycle_span,
    .samples = kernel->samples,
    .cycles = cycles,
  };
  // The mean of a part of a cycle is not where the voltage rests.
  if (window.duration >= SHORTEST_WINDOW) kernel->rest = (int32_t)(kernel->phases[0].sums.v / window.samples);
  for (uint32_t p = 0; p < kernel->phase_count; p++) window.phases[p] = take_sums(&kernel->phases[p]);
  kernel->window_start = kernel->time;
  kernel->cycles = 0;
  kernel->samples = 0;
  kernel->on_window(kernel->context, &window);
}

static void cross(sampler_kernel *kernel, int32_t v, int64_t time) {
  const int32_t below = kernel->phases[0].previous_v;
  const int64_t crossing = kernel->time + (time - kernel->time) * (kernel->rest - below) / (v - below);
  if (!kernel->began_at_crossing) {
    end_window(kernel, 0, 0);
  } else {
    kernel->cycles++;
    if (kernel->time - kernel->window_start < SHORTEST_WINDOW) return;
    end_window(kernel, kernel->cycles, crossing - kernel->cycles_start);
  }
  kernel->began_at_crossing = true;
  kernel->cycles_start = crossing;
}

/** Ends the window before the sample set of this voltage and time, when that set belongs to the next. */
static void divide(sampler_kernel *kernel, int32_t v, int64_t time) {
  if (kernel->armed && v >= kernel->rest) {
    kernel->armed = false;
    cross(kernel, v, time);
  }
  if (kernel->time - kernel->window_start >= LONGEST_WINDOW) {
    // A voltage that has stopped moving must not cross because its rest is known better now.
    kernel->armed = false;
    end_window(kernel, 0, 0);
    kernel->began_at_crossing = false;
  }
}

bool sampler_kernel_add(sampler_kernel *kernel, const uint16_t *block, uint32_t count, int64_t end_time) {
  const uint32_t width = 2 * kernel->phase_count;
  const int64_t block_start = kernel->time;
  const int64_t span = end_time - block_start;
  if (span < 0 || count > SAMPLER_MAX_BLOCK) return false;
  if (count == 0) return true;
  if (!kernel->primed) prime(kernel, block);
  uint32_t summed = 0;
  uint32_t row = next_division(kernel, block, 0, rows_to_limit(kernel, block_start, span, count));
  while (row < count) {
    sum(kernel, block, summed, row);
    summed = row;
    kernel->time = block_start + row * span / count;
    divide(kernel, block[row * width], block_start + (row + 1) * span / count);
    row = next_division(kernel, block, row + 1, rows_to_limit(kernel, block_start, span, count));
  }
  sum(kernel, block, summed, count);
  kernel->time = end_time;
  return true;
}

void sampler_window_join(sampler_window *window, const sampler_window *next) {
  for (uint32_t p = 0; p < SAMPLER_MAX_PHASES; p++) {
    sampler_sums *to = &window->phases[p];
    const sampler_sums *from = &next->phases[p];
    to->v += from->v;
    to->i += from->i;
    to->v_earlier += from->v_earlier;
    to->i_earlier += from->i_earlier;
    to->vv += from->vv;
    to->ii += from->ii;
    to->vi += from->vi;
    to->v_earlier_i += from->v_earlier_i;
    to->v_i_earlier += from->v_i_earlier;
  }
  window->duration += next->duration;
  window->cycle_span += next->cycle_span;
  window->samples += next->samples;
  window->cycles += next->cycles;
}
