// The SDK compiles for size, which costs the loop a third more instructions.
#pragma GCC optimize("O2")

#include "sampler_kernel.h"

#include <string.h>

/** us: a window ends at the first rising crossing of its age: 10 cycles at 50 Hz, 12 at 60 Hz. */
#define SHORTEST_WINDOW 190000
/** us: without mains there is no crossing to wait for, and a window ends at this age. */
#define LONGEST_WINDOW 250000
/** us after a crossing within which there is no other: the highest mains, 65 Hz, crosses every 15.4 ms. */
#define CROSSING_PAUSE 13000
/** us by which a cycle may be longer than the one before */
#define CYCLE_TOLERANCE 2000
/** us by which a block may take longer than its sample sets do. If it takes more, sets before it were lost. */
#define BLOCK_TOLERANCE 5000
/** The learned sample period is kept in these of a us. */
#define PERIOD_PARTS 256

bool sampler_kernel_init(sampler_kernel *kernel, uint32_t phases, int64_t start_time, int32_t mid_scale,
                         int32_t hysteresis, sampler_on_window on_window, void *context) {
  if (phases < 1 || phases > SAMPLER_MAX_PHASES) return false;
  memset(kernel, 0, sizeof *kernel);
  kernel->on_window = on_window;
  kernel->context = context;
  kernel->phase_count = phases;
  kernel->hysteresis = hysteresis;
  for (uint32_t p = 0; p < phases; p++) kernel->phases[p].rest = mid_scale;
  kernel->time = kernel->window_start = start_time;
  kernel->crossed_at = start_time - CROSSING_PAUSE;
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
  const uint32_t reference = kernel->reference;
  cycle_meter_add(&kernel->meter, block + from * width + 2 * reference, to - from, width,
                  kernel->phases[reference].rest);
  for (uint32_t p = 0; p < kernel->phase_count; p++)
    sum_phase(&kernel->phases[p], block + from * width + 2 * p, to - from, width);
  kernel->samples += to - from;
}

/** us by which a block took longer than its sample sets do, if that means a loss. */
static int64_t lost_before(const sampler_kernel *kernel, uint32_t count, int64_t span) {
  if (kernel->sample_period == 0) return 0;
  const int64_t excess = span - count * kernel->sample_period / PERIOD_PARTS;
  return excess > BLOCK_TOLERANCE ? excess : 0;
}

/** Time goes by without samples. */
static void skip(sampler_kernel *kernel, int64_t lost) {
  kernel->time += lost;
  kernel->gap += lost;
  kernel->armed = false;
  kernel->is_counting = false;
  cycle_meter_cancel(&kernel->meter);
}

/** The rows of a block that come before so many us of it have gone by; all when it does not take as long. */
static uint32_t rows_until(int64_t time, int64_t span, uint32_t count) {
  if (time <= 0) return 0;
  return time >= span ? count : (uint32_t)((time * count + span - 1) / span);
}

/**
 * The first row, `from` on, whose voltage crosses or before which the window has its greatest length; `count` when there
 * is none in this block.
 */
static uint32_t next_division(sampler_kernel *kernel, const uint16_t *block, uint32_t from, int64_t block_start,
                              int64_t span, uint32_t count) {
  const uint32_t limit = rows_until(kernel->window_start + LONGEST_WINDOW - block_start, span, count);
  const uint32_t pause = rows_until(kernel->crossed_at + CROSSING_PAUSE - block_start, span, count);
  const uint32_t width = 2 * kernel->phase_count;
  const int32_t rest = kernel->phases[kernel->reference].rest;
  const int32_t low = rest - kernel->hysteresis;
  bool armed = kernel->armed;
  uint32_t row = pause > from ? pause : from;
  for (const uint16_t *v = block + row * width + 2 * kernel->reference; row < limit; row++, v += width) {
    if (*v < low) armed = true;
    else if (armed && *v >= rest) break;
  }
  kernel->armed = armed;
  if (row <= limit) return row;
  return limit > from ? limit : from;
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

/** Learns from a window of that duration, if it is long enough: the mean of a part of a cycle is not where it rests. */
static void settle(sampler_kernel *kernel, int64_t duration) {
  if (duration - kernel->gap < SHORTEST_WINDOW) return;
  for (uint32_t p = 0; p < kernel->phase_count; p++)
    kernel->phases[p].rest = (int32_t)(kernel->phases[p].sums.v / kernel->samples);
  if (kernel->gap == 0) kernel->sample_period = duration * PERIOD_PARTS / kernel->samples;
}

static void end_window(sampler_kernel *kernel, uint32_t cycles, int64_t cycle_span) {
  sampler_window window = {
    .duration = kernel->time - kernel->window_start,
    .cycle_span = cycle_span,
    .gap = kernel->gap,
    .samples = kernel->samples,
    .cycles = cycles,
  };
  settle(kernel, window.duration);
  for (uint32_t p = 0; p < kernel->phase_count; p++) window.phases[p] = take_sums(&kernel->phases[p]);
  kernel->window_start = kernel->time;
  kernel->cycles = 0;
  kernel->samples = 0;
  kernel->gap = 0;
  kernel->on_window(kernel->context, &window);
}

/** @param cycles_end us: where the cycle that ends with the window lies */
static void end_at_crossing(sampler_kernel *kernel, int64_t cycles_end) {
  if (kernel->is_counting) {
    cycle_meter_learn(&kernel->meter, kernel->cycles, kernel->samples);
    end_window(kernel, kernel->cycles, cycles_end - kernel->cycles_start);
  } else {
    end_window(kernel, 0, 0);
  }
  kernel->is_counting = true;
  kernel->cycles_start = cycles_end;
}

static void cross(sampler_kernel *kernel) {
  const int64_t time = kernel->time;
  int64_t cycles_end;
  const bool is_measured = cycle_meter_finish(&kernel->meter, time, &cycles_end);
  if (kernel->is_counting) kernel->cycles++;
  if (is_measured && (!kernel->is_counting || time - kernel->window_start >= SHORTEST_WINDOW))
    end_at_crossing(kernel, cycles_end);
  const int64_t next_crossing = time + (time - kernel->crossed_at) + CYCLE_TOLERANCE;
  if (!kernel->is_counting || next_crossing - kernel->window_start >= SHORTEST_WINDOW)
    cycle_meter_begin(&kernel->meter, time);
  kernel->armed = false;
  // Else it would keep from the right crossing for ever.
  if (!kernel->meter.is_astray) kernel->crossed_at = time;
}

/** Ends a window that is too old. */
static void expire(sampler_kernel *kernel) {
  const bool is_dark = kernel->gap == 0 && kernel->time - kernel->crossed_at > CYCLE_METER_LONGEST;
  kernel->is_counting = false;
  end_window(kernel, 0, 0);
  if (!is_dark) return;
  cycle_meter_reset(&kernel->meter);
  kernel->reference = (kernel->reference + 1) % kernel->phase_count;
  // A voltage that has stopped moving must not cross because its rest is known better now.
  kernel->armed = false;
}

/** Ends the window before that row, when its sample set belongs to the next. */
static void divide(sampler_kernel *kernel, const uint16_t *block, uint32_t row) {
  const int32_t v = block[2 * (row * kernel->phase_count + kernel->reference)];
  if (kernel->armed && v >= kernel->phases[kernel->reference].rest) cross(kernel);
  if (kernel->time - kernel->window_start >= LONGEST_WINDOW) expire(kernel);
}

int64_t sampler_kernel_add(sampler_kernel *kernel, const uint16_t *block, uint32_t count, int64_t end_time) {
  if (end_time < kernel->time || count > SAMPLER_MAX_BLOCK) return -1;
  if (count == 0) return 0;
  if (!kernel->primed) prime(kernel, block);
  const int64_t lost = lost_before(kernel, count, end_time - kernel->time);
  if (lost > 0) skip(kernel, lost);
  const int64_t block_start = kernel->time;
  const int64_t span = end_time - block_start;
  uint32_t summed = 0;
  uint32_t row = next_division(kernel, block, 0, block_start, span, count);
  while (row < count) {
    sum(kernel, block, summed, row);
    summed = row;
    kernel->time = block_start + row * span / count;
    divide(kernel, block, row);
    row = next_division(kernel, block, row + 1, block_start, span, count);
  }
  sum(kernel, block, summed, count);
  kernel->time = end_time;
  return lost;
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
  window->gap += next->gap;
  window->samples += next->samples;
  window->cycles += next->cycles;
}
