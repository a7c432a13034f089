#include "ring_race.h"

#include "../sampler/window_ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/** In a window: nine a phase. */
#define SUMS (int64_t)(SAMPLER_MAX_PHASES * sizeof(sampler_sums) / sizeof(int64_t))

typedef struct {
  window_ring *ring;
  uint32_t windows;
  _Atomic uint32_t taken;
} race;

/** Every 64-bit field holds a different multiple of the number, so that a field of another window shows. */
static sampler_window window_of(int64_t number) {
  sampler_window window = {.duration = number, .cycle_span = 2 * number, .gap = 3 * number, .samples = 1, .cycles = 1};
  int64_t *sum = (int64_t *)window.phases;
  for (int64_t k = 0; k < SUMS; k++) sum[k] = (4 + k) * number;
  return window;
}

static void *push(void *argument) {
  race *self = argument;
  for (uint32_t number = 1; number <= self->windows; number++) {
    const sampler_window window = window_of(number);
    window_ring_push(self->ring, &window, 1, 2);
    // Now in step with the reader, now far ahead of it.
    if (number % 4096 < 2048) sched_yield();
  }
  // The last may still be pending: an empty one adds nothing and takes it along.
  while (atomic_load(&self->taken) < self->windows) {
    window_ring_push(self->ring, &(sampler_window){0}, 0, 0);
    sched_yield();
  }
  return NULL;
}

/** Whether an entry holds the sums of windows `first` to `last`. */
static bool is_sum_of(const window_ring_entry *entry, int64_t first, int64_t last) {
  sampler_window expected = window_of((first + last) * (last - first + 1) / 2);
  expected.samples = expected.cycles = (uint32_t)(last - first + 1);
  if (last < first) expected = (sampler_window){0};
  return memcmp(&entry->window, &expected, sizeof expected) == 0 && entry->losses == expected.samples &&
         entry->clipped == 2 * expected.samples && entry->joined >= expected.samples;
}

ring_race_report race_through_ring(uint32_t windows) {
  race self = {.ring = calloc(1, sizeof(window_ring)), .windows = windows};
  ring_race_report report = {0};
  pthread_t thread;
  if (pthread_create(&thread, NULL, push, &self) != 0) abort();
  while (report.windows < windows && report.torn == 0) {
    window_ring_entry entry;
    if (!window_ring_take(self.ring, &entry)) {
      sched_yield();
      continue;
    }
    const int64_t first = report.windows + 1;
    report.windows += entry.window.samples;
    report.torn += !is_sum_of(&entry, first, report.windows);
    report.joined += entry.joined > 1;
    atomic_store(&self.taken, (uint32_t)report.windows);
  }
  atomic_store(&self.taken, windows);
  pthread_join(thread, NULL);
  free(self.ring);
  return report;
}
