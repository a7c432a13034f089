#include "sample_sets.h"

#include <stddef.h>
#include <string.h>

/** Counts: the top of the 12 bits that each conversion has */
#define FULL_SCALE 4095

bool sample_sets_init(sample_sets *sets, const uint8_t *channels, uint32_t count) {
  if (count != 2 && count != 4 && count != 6) return false;
  memset(sets, 0, sizeof *sets);
  for (uint32_t k = 0; k < count; k++) {
    if (channels[k] > SAMPLE_SETS_MAX_CHANNEL || sets->places[channels[k]] != 0) return false;
    sets->places[channels[k]] = (uint8_t)(k + 1);
  }
  sets->complete = (uint8_t)((1u << count) - 1);
  return true;
}

const uint16_t *sample_sets_take(sample_sets *sets, uint32_t channel, uint16_t count) {
  if (channel > SAMPLE_SETS_MAX_CHANNEL || sets->places[channel] == 0) return NULL;
  if (count == 0 || count >= FULL_SCALE) sets->clipped++;
  const uint32_t place = sets->places[channel] - 1u;
  const uint32_t bit = 1u << place;
  if (sets->filled & bit) {
    // A conversion is missing: what came so far belongs to a set that will never be whole.
    sets->broken++;
    sets->filled = 0;
  }
  sets->set[place] = count;
  sets->filled = (uint8_t)(sets->filled | bit);
  if (sets->filled != sets->complete) return NULL;
  sets->filled = 0;
  return sets->set;
}
