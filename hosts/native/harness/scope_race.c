#include "scope_race.h"

#include "../sampler/scope.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define WIDTH 6
#define BLOCK 64
/** us */
#define PERIOD 250

typedef struct {
  scope *scope;
  atomic_bool over;
} race;

/** Each count is the number of its set, with the channel in the upper bits. */
static uint16_t count_of(uint32_t set, uint32_t channel) { return (uint16_t)(channel << 13 | (set & 0x1fff)); }

static void *produce(void *argument) {
  race *self = argument;
  uint16_t block[BLOCK * WIDTH];
  for (uint32_t set = 0, blocks = 1; !atomic_load(&self->over); blocks++) {
    const uint32_t count = blocks % BLOCK + 1;
    const int64_t start = (int64_t)set * PERIOD;
    for (uint32_t k = 0; k < count * WIDTH; k++) block[k] = count_of(set + k / WIDTH, k % WIDTH);
    set += count;
    if (blocks % 97 == 0) scope_forget(self->scope);
    else scope_add(self->scope, block, count, WIDTH, start, (int64_t)set * PERIOD);
    if (blocks % 16 < 8) sched_yield();
  }
  return NULL;
}

static bool is_torn(const uint16_t *counts, uint32_t sets, int64_t span) {
  for (uint32_t k = 0; k < sets * WIDTH; k++)
    if (counts[k] != count_of(counts[0] + k / WIDTH, k % WIDTH)) return true;
  return span != (int64_t)sets * PERIOD;
}

scope_race_report race_for_captures(uint32_t captures) {
  race self = {.scope = calloc(1, sizeof(scope))};
  scope_race_report report = {0};
  pthread_t thread;
  if (pthread_create(&thread, NULL, produce, &self) != 0) abort();
  for (uint32_t request = 0; report.captures < captures && report.torn == 0; request++) {
    const uint32_t sets = request % SCOPE_MAX_SETS + 1;
    scope_request(self.scope, sets);
    // Impatient now and then: a request takes the place of one that is under way, or was lost.
    for (uint32_t patience = request % 7 * 50; patience > 0; patience--) {
      int64_t span;
      const uint16_t *counts = scope_answer(self.scope, &span);
      if (counts != NULL) {
        report.captures++;
        report.torn += is_torn(counts, sets, span);
        break;
      }
      sched_yield();
    }
  }
  atomic_store(&self.over, true);
  pthread_join(thread, NULL);
  free(self.scope);
  return report;
}
