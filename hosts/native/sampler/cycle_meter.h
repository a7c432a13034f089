/**
 * Where in time one cycle of a voltage lies, by the phase of its fundamental: the native twin of
 * firmware/metrology/cycle-meter.ts, which says how and why, and gives the same bits. Integers only.
 */
#ifndef CYCLE_METER_H
#define CYCLE_METER_H

#include <stdbool.h>
#include <stdint.h>

/** us: longer than any cycle of mains */
#define CYCLE_METER_LONGEST 30000

/** Begins zeroed. Its fields are the meter's own. */
typedef struct {
  /** Phase from one row to the next, 2^32 a turn; 0 while the frequency is unknown */
  uint32_t step;
  uint32_t phase;
  uint32_t rows;
  bool measuring;
  /** The last cycle measured did not begin near the rising crossing of its fundamental. To be read. */
  bool is_astray;
  /** us, of the sample before the cycle */
  int64_t start;
  int64_t in_phase;
  int64_t quadrature;
} cycle_meter;

/** A cycle begins. @param time us, of the sample before it */
void cycle_meter_begin(cycle_meter *meter, int64_t time);

/** Takes `count` voltages, `stride` counts from one to the next. @param rest counts, the mean of the voltage */
void cycle_meter_add(cycle_meter *meter, const uint16_t *v, uint32_t count, uint32_t stride, int32_t rest);

/**
 * The cycle that is measured, if one is, ends.
 * @param time us, of its last sample
 * @param crossing us: the falling crossing of its fundamental, the same offset aside for all cycles
 * @returns false when it was no cycle, or the first one of its length
 */
bool cycle_meter_finish(cycle_meter *meter, int64_t time, int64_t *crossing);

/** So many cycles take so many rows. */
void cycle_meter_learn(cycle_meter *meter, uint32_t cycles, uint32_t rows);

/** The cycle that is measured will never be whole. */
void cycle_meter_cancel(cycle_meter *meter);

/** The voltage is gone: when it comes back, it may have another frequency. */
void cycle_meter_reset(cycle_meter *meter);

#endif
