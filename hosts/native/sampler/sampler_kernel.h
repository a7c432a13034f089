/**
 * Sums raw ADC counts into windows: the native twin of firmware/metrology/kernel.ts, which gives the same bits on the
 * same samples. Integers only, no allocation, no dependency.
 *
 * A window begins with the sample set that crosses upwards through the resting voltage of the reference phase and ends
 * before another such one. How long its cycles took is told by the phases of the cycles that end with it and with the
 * window before. So the window that sampling begins in, or that mains returns in, or that samples were lost in, counts no
 * cycles: it ends as soon as one has been measured.
 *
 * The reference is the first phase, and as soon as its voltage is gone, the next.
 */
#ifndef SAMPLER_KERNEL_H
#define SAMPLER_KERNEL_H

#include "cycle_meter.h"

#include <stdbool.h>
#include <stdint.h>

#define SAMPLER_MAX_PHASES 3
/** Sample sets: 16-bit counts of so many add up in 32 bits. */
#define SAMPLER_MAX_BLOCK 65536

/** Sums over one window for one phase: raw counts, bias included; `PhaseSums` of firmware/host.ts. */
typedef struct {
  int64_t v;
  int64_t i;
  /** Of the samples one earlier: the first of them belongs to the window before. */
  int64_t v_earlier;
  int64_t i_earlier;
  int64_t vv;
  int64_t ii;
  int64_t vi;
  /** v[n-1] * i[n] */
  int64_t v_earlier_i;
  /** v[n] * i[n-1] */
  int64_t v_i_earlier;
} sampler_sums;

/** Sums over a whole number of mains cycles; `Window` of firmware/host.ts. */
typedef struct {
  /** Those of the kernel's phases; the others are zero. */
  sampler_sums phases[SAMPLER_MAX_PHASES];
  /** us, by the clock that the blocks' end times are of */
  int64_t duration;
  /** us between the interpolated crossings that begin and end the cycles; 0 when `cycles` is 0 */
  int64_t cycle_span;
  /** us of `duration` for which samples were lost */
  int64_t gap;
  /** Sample sets summed, at least 1 */
  uint32_t samples;
  /** Whole mains cycles by the reference phase; 0 without mains */
  uint32_t cycles;
} sampler_window;

typedef struct {
  sampler_sums sums;
  uint16_t previous_v;
  uint16_t previous_i;
  /** The last sample before the window. */
  uint16_t before_v;
  uint16_t before_i;
  /** Counts, the mean of the voltage in the last window of full length */
  int32_t rest;
} sampler_phase;

/** Called with each window that ends; the window is the callee's until it returns. */
typedef void (*sampler_on_window)(void *context, const sampler_window *window);

/** Its fields are the kernel's own. */
typedef struct {
  sampler_on_window on_window;
  void *context;
  sampler_phase phases[SAMPLER_MAX_PHASES];
  uint32_t phase_count;
  /** Which phase's voltage is counted by */
  uint32_t reference;
  cycle_meter meter;
  int32_t hysteresis;
  bool primed;
  /** The voltage has been clearly below its rest since it last crossed. */
  bool armed;
  /** The cycle before the window has been measured: it lies at `cycles_start`. */
  bool is_counting;
  uint32_t cycles;
  uint32_t samples;
  /** us, of the last sample set before the last crossing, wrong ones aside */
  int64_t crossed_at;
  /** us, of the last sample set summed */
  int64_t time;
  /** us, of the last sample set of the window before */
  int64_t window_start;
  int64_t cycles_start;
  /** us */
  int64_t gap;
  /** 256ths of a us, of a sample set, in the last window of full length; 0 before it */
  int64_t sample_period;
} sampler_kernel;

/**
 * @param phases 1 to 3
 * @param start_time us: when sampling began
 * @param mid_scale counts: where the voltages rest until a window has told better; 2048 for 12 bits
 * @param hysteresis counts that the voltage must fall below its rest before it can cross again; 0 or more
 * @returns false when `phases` is not 1 to 3: the kernel must not be used then
 */
bool sampler_kernel_init(sampler_kernel *kernel, uint32_t phases, int64_t start_time, int32_t mid_scale,
                         int32_t hysteresis, sampler_on_window on_window, void *context);

/**
 * Takes `count` sample sets, v1, i1, v2, i2, ... each; the last was taken at `end_time` (us), the others evenly since
 * the end of the block before, unless that is so long ago that some were lost. The sample before the very first is taken
 * to have been like it.
 * @returns us for which samples were lost before the block, 0 when none were; below 0, having done nothing, when
 *   `end_time` lies before that of the block before or the block is too long
 */
int64_t sampler_kernel_add(sampler_kernel *kernel, const uint16_t *block, uint32_t count, int64_t end_time);

/** Makes one of two windows that adjoin: every field is a sum. */
void sampler_window_join(sampler_window *window, const sampler_window *next);

#endif
