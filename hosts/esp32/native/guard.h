/**
 * What holds when JavaScript does not: remembers over a restart why it came and what opens the relay, and says when
 * the relay has to be opened because nobody else does. Portable; guard_esp32.c keeps the memory and moves the pin.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <stdint.h>

/** Boots in a row that may end before a decision about the relay. */
#define GUARD_PATIENCE 3

/** What the chip says of a reset. */
typedef enum {
  GUARD_RESET_POWER,
  GUARD_RESET_PIN,
  GUARD_RESET_SOFTWARE,
  GUARD_RESET_PANIC,
  GUARD_RESET_WATCHDOG,
  GUARD_RESET_BROWN_OUT,
} guard_reset;

/** What was known of a restart just before it. */
typedef enum {
  GUARD_NOTE_NONE,
  GUARD_NOTE_REQUESTED,
  GUARD_NOTE_MEMORY,
} guard_note;

/** `RestartCause` of firmware/host.ts, in the order of restart-cause.ts, but for the one that the slots know. */
typedef enum {
  GUARD_CAUSE_POWER,
  GUARD_CAUSE_RESET,
  GUARD_CAUSE_REQUESTED,
  GUARD_CAUSE_WATCHDOG,
  GUARD_CAUSE_MEMORY,
  GUARD_CAUSE_CRASH,
  GUARD_CAUSE_BROWN_OUT,
} guard_cause;

/** How the relay is opened: `pin` goes to `level`, and back after `pulse_ms` unless that is 0. */
typedef struct {
  uint8_t known;
  uint8_t pin;
  uint8_t level;
  uint16_t pulse_ms;
} guard_relay;

/** Outlives every restart but not the power. May hold anything at first. Its fields are the guard's own. */
typedef struct {
  uint32_t magic;
  uint32_t note;
  uint32_t undecided_boots;
  guard_relay relay;
  uint32_t check;
} guard_memory;

/** To be called once, first, at each boot: counts it. @returns what was known just before it */
guard_note guard_begin(guard_memory *memory);

guard_cause guard_cause_of(guard_reset reset, guard_note note);

/** How to open the relay, when too many boots have ended undecided and it is known how; NULL while there is hope. */
const guard_relay *guard_relay_to_open(const guard_memory *memory);

void guard_know_relay(guard_memory *memory, guard_relay relay);

/** The meter has decided about the relay: all is well so far. */
void guard_decided(guard_memory *memory);

/** To be called just before a restart. */
void guard_leave_note(guard_memory *memory, guard_note note);

#endif
