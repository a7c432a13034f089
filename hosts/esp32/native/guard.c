#include "guard.h"

#include <stddef.h>
#include <string.h>

#define MAGIC 0x4d334744u

/** FNV-1a. The memory begins with noise, and a restart may come in the middle of a change. */
static uint32_t check_of(const guard_memory *memory) {
  const uint8_t *bytes = (const uint8_t *)memory;
  uint32_t hash = 2166136261u;
  for (size_t k = 0; k < offsetof(guard_memory, check); k++) hash = (hash ^ bytes[k]) * 16777619u;
  return hash;
}

static void seal(guard_memory *memory) { memory->check = check_of(memory); }

static bool is_sound(const guard_memory *memory) {
  return memory->magic == MAGIC && memory->check == check_of(memory);
}

guard_cause guard_cause_of(guard_reset reset, guard_note note) {
  switch (reset) {
  case GUARD_RESET_POWER:
    return GUARD_CAUSE_POWER;
  case GUARD_RESET_PIN:
    return GUARD_CAUSE_RESET;
  case GUARD_RESET_BROWN_OUT:
    return GUARD_CAUSE_BROWN_OUT;
  case GUARD_RESET_WATCHDOG:
    return GUARD_CAUSE_WATCHDOG;
  case GUARD_RESET_SOFTWARE:
  case GUARD_RESET_PANIC:
    break;
  }
  if (note == GUARD_NOTE_MEMORY) return GUARD_CAUSE_MEMORY;
  // The engine ends by a restart in software, too, so one that nobody has asked for is a crash.
  const bool requested = reset == GUARD_RESET_SOFTWARE && note == GUARD_NOTE_REQUESTED;
  return requested ? GUARD_CAUSE_REQUESTED : GUARD_CAUSE_CRASH;
}

guard_note guard_begin(guard_memory *memory) {
  if (!is_sound(memory)) {
    memset(memory, 0, sizeof *memory);
    memory->magic = MAGIC;
  }
  const guard_note note = (guard_note)memory->note;
  memory->note = GUARD_NOTE_NONE;
  if (memory->undecided_boots < UINT32_MAX) memory->undecided_boots++;
  seal(memory);
  return note;
}

const guard_relay *guard_relay_to_open(const guard_memory *memory) {
  return memory->relay.known && memory->undecided_boots > GUARD_PATIENCE ? &memory->relay : NULL;
}

void guard_know_relay(guard_memory *memory, guard_relay relay) {
  memory->relay = relay;
  memory->relay.known = 1;
  seal(memory);
}

void guard_decided(guard_memory *memory) {
  memory->undecided_boots = 0;
  seal(memory);
}

void guard_leave_note(guard_memory *memory, guard_note note) {
  memory->note = note;
  seal(memory);
}
