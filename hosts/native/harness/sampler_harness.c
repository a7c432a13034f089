// sampler_kernel.h, window_ring.h, sample_sets.h and scope.h behind stdin and stdout.
#include "../sampler/sample_sets.h"
#include "../sampler/sampler_kernel.h"
#include "../sampler/scope.h"
#include "../sampler/window_ring.h"
#include "frames.h"
#include "ring_race.h"
#include "scope_race.h"

#include <stdlib.h>
#include <string.h>

enum { SUM = 1, SORT, HAND_OVER, RACE, CAPTURE, CAPTURE_RACE };

/** Steps of CAPTURE */
enum { ASK = 0, ADD, LOSE, TAKE };

static void append_window(void *answer, const sampler_window *window) {
  frame_append_int64(answer, window->samples);
  frame_append_int64(answer, window->cycles);
  frame_append_int64(answer, window->duration);
  frame_append_int64(answer, window->cycle_span);
  frame_append_int64(answer, window->gap);
  for (uint32_t p = 0; p < SAMPLER_MAX_PHASES; p++) frame_append(answer, &window->phases[p], sizeof(sampler_sums));
}

/** Phases, mid-scale, hysteresis, start time; then blocks: count, end time, counts. Answers the windows. */
static uint8_t sum(frame_reader *fields, frame *answer) {
  sampler_kernel kernel;
  const uint32_t phases = frame_uint32(fields);
  const int32_t mid_scale = (int32_t)frame_uint32(fields);
  const int32_t hysteresis = (int32_t)frame_uint32(fields);
  const int64_t start_time = frame_int64(fields);
  if (!sampler_kernel_init(&kernel, phases, start_time, mid_scale, hysteresis, append_window, answer))
    return STATUS_REFUSED;
  while (fields->at < fields->end) {
    const uint32_t count = frame_uint32(fields);
    const int64_t end_time = frame_int64(fields);
    const size_t size = count * 2 * phases * sizeof(uint16_t);
    // A copy of just its size: whoever reads beyond it is seen by the sanitizer.
    uint16_t *block = malloc(size);
    if (size > 0) memcpy(block, frame_bytes(fields, size), size);
    const bool is_taken = 0 <= sampler_kernel_add(&kernel, block, count, end_time);
    free(block);
    if (!is_taken) return STATUS_REFUSED;
  }
  return STATUS_OK;
}

/**
 * The channels: how many, and a byte each; then conversions: channel, count. Answers the sets, then how many broke and
 * how many conversions were clipped.
 */
static uint8_t sort(frame_reader *fields, frame *answer) {
  sample_sets sets;
  const uint32_t channels = frame_uint32(fields);
  if (!sample_sets_init(&sets, frame_bytes(fields, channels), channels)) return STATUS_REFUSED;
  while (fields->at < fields->end) {
    const uint32_t channel = frame_uint32(fields);
    const uint16_t *set = sample_sets_take(&sets, channel, (uint16_t)frame_uint32(fields));
    for (uint32_t k = 0; set != NULL && k < channels; k++) frame_append_int64(answer, set[k]);
  }
  frame_append_int64(answer, sets.broken);
  frame_append_int64(answer, sets.clipped);
  return STATUS_OK;
}

/**
 * Steps: 0 takes, n pushes a window of n samples with n - 1 losses and 3 n clipped. Answers samples, losses, clipped
 * and joined of each taken.
 */
static uint8_t hand_over(frame_reader *fields, frame *answer) {
  window_ring *ring = calloc(1, sizeof *ring);
  while (fields->at < fields->end) {
    const uint32_t step = frame_uint32(fields);
    window_ring_entry entry;
    if (step > 0) {
      window_ring_push(ring, &(sampler_window){.samples = step}, step - 1, 3 * step);
    } else if (window_ring_take(ring, &entry)) {
      frame_append_int64(answer, entry.window.samples);
      frame_append_int64(answer, entry.losses);
      frame_append_int64(answer, entry.clipped);
      frame_append_int64(answer, entry.joined);
    }
  }
  free(ring);
  return STATUS_OK;
}

/** The number of windows. Answers how many were taken, torn and joined. */
static uint8_t race(frame_reader *fields, frame *answer) {
  const ring_race_report report = race_through_ring(frame_uint32(fields));
  frame_append_int64(answer, report.windows);
  frame_append_int64(answer, report.torn);
  frame_append_int64(answer, report.joined);
  return STATUS_OK;
}

static void append_answer(const scope *scope, uint32_t counts_asked, frame *answer) {
  int64_t span;
  const uint16_t *counts = scope_answer(scope, &span);
  frame_append_int64(answer, counts == NULL ? -1 : span);
  for (uint32_t k = 0; counts != NULL && k < counts_asked; k++) frame_append_int64(answer, counts[k]);
}

/**
 * The counts of a set; then steps: ASK and how many sets, ADD and count, start, end, counts, LOSE, and TAKE, which
 * answers the span and the counts, or -1.
 */
static uint8_t capture(frame_reader *fields, frame *answer) {
  scope *scope = calloc(1, sizeof *scope);
  const uint32_t width = frame_uint32(fields);
  uint32_t asked = 0;
  while (fields->at < fields->end) {
    const uint32_t step = frame_uint32(fields);
    if (step == ASK) {
      asked = frame_uint32(fields);
      scope_request(scope, asked);
    } else if (step == ADD) {
      const uint32_t count = frame_uint32(fields);
      const int64_t start = frame_int64(fields);
      const int64_t end = frame_int64(fields);
      const size_t size = count * width * sizeof(uint16_t);
      uint16_t *block = malloc(size);
      if (size > 0) memcpy(block, frame_bytes(fields, size), size);
      scope_add(scope, block, count, width, start, end);
      free(block);
    } else if (step == LOSE) {
      scope_forget(scope);
    } else if (step == TAKE) {
      append_answer(scope, asked * width, answer);
    }
  }
  free(scope);
  return STATUS_OK;
}

/** The number of captures. Answers how many were answered and torn. */
static uint8_t capture_race(frame_reader *fields, frame *answer) {
  const scope_race_report report = race_for_captures(frame_uint32(fields));
  frame_append_int64(answer, report.captures);
  frame_append_int64(answer, report.torn);
  return STATUS_OK;
}

static uint8_t answer_to(uint8_t operation, const frame *request, frame *answer) {
  frame_reader fields = frame_fields(request);
  switch (operation) {
  case SUM: return sum(&fields, answer);
  case SORT: return sort(&fields, answer);
  case HAND_OVER: return hand_over(&fields, answer);
  case RACE: return race(&fields, answer);
  case CAPTURE: return capture(&fields, answer);
  case CAPTURE_RACE: return capture_race(&fields, answer);
  default: return STATUS_REFUSED;
  }
}

int main(void) {
  frames_serve(answer_to);
  return 0;
}
