// The SDK compiles for size, which costs the loop a third more instructions.
#pragma GCC optimize("O2")

#include "cycle_meter.h"

#include <stdlib.h>

/** Of phases, which are of 32 bits and wrap */
#define TURN (INT64_C(1) << 32)
#define QUARTER (UINT32_C(1) << 30)
/** By which a cycle's phase may come out other than a whole turn: it is the crossings that jitter. */
#define TOLERANCE (TURN / 8)
/** Sample sets in a cycle: of fewer nothing can be told. */
#define LEAST_ROWS 4
/** What is shifted out of the means, so that products of them stay exact */
#define SCALE 256

void cycle_meter_begin(cycle_meter *meter, int64_t time) {
  meter->measuring = true;
  meter->start = time;
  meter->phase = meter->step >> 1;
  meter->rows = 0;
  meter->in_phase = meter->quadrature = 0;
}

/** A parabola for each half wave, of amplitude 2^14. */
static inline int32_t sine(uint32_t phase) {
  const uint32_t x = (phase >> 16) & 0x7fff;
  const int32_t value = (int32_t)((x * (0x8000 - x)) >> 14);
  return phase >> 31 ? -value : value;
}

void cycle_meter_add(cycle_meter *meter, const uint16_t *v, uint32_t count, uint32_t stride, int32_t rest) {
  if (!meter->measuring) return;
  uint32_t phase = meter->phase;
  int64_t in_phase = meter->in_phase;
  int64_t quadrature = meter->quadrature;
  meter->rows += count;
  for (; count > 0; count--, v += stride) {
    // Within 17 and 15 bits: their products fit 32.
    const int32_t level = *v - rest;
    in_phase += level * sine(phase);
    quadrature += level * sine(phase + QUARTER);
    phase += meter->step;
  }
  meter->phase = phase;
  meter->in_phase = in_phase;
  meter->quadrature = quadrature;
}

bool cycle_meter_finish(cycle_meter *meter, int64_t time, int64_t *crossing) {
  const int64_t span = time - meter->start;
  if (!meter->measuring) return false;
  meter->measuring = false;
  if (span > CYCLE_METER_LONGEST) return false;
  const int64_t rows = meter->rows;
  const int64_t phase = rows * meter->step;
  if (llabs(phase - TURN) > TOLERANCE) {
    meter->is_astray = false;
    cycle_meter_learn(meter, 1, meter->rows);
    return false;
  }
  const int64_t in_phase = meter->in_phase / (rows * SCALE);
  const int64_t quadrature = meter->quadrature / (rows * SCALE);
  meter->is_astray = llabs(quadrature) >= in_phase;
  if (meter->is_astray) return false;
  const int64_t period = span * TURN / phase;
  // The angle, at most 45 degrees, for its arc tangent: it hardly changes from cycle to cycle. 2 pi is 710/113.
  *crossing = meter->start + period / 2 - period * quadrature * 113 / (in_phase * 710);
  return true;
}

void cycle_meter_learn(cycle_meter *meter, uint32_t cycles, uint32_t rows) {
  meter->step = rows < LEAST_ROWS * cycles ? 0 : (uint32_t)(cycles * TURN / rows);
}

void cycle_meter_cancel(cycle_meter *meter) { meter->measuring = false; }

void cycle_meter_reset(cycle_meter *meter) {
  meter->measuring = false;
  meter->is_astray = false;
  meter->step = 0;
}
