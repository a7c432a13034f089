/** The guard on an ESP32. It begins by itself, before any task runs. */
#ifndef GUARD_ESP32_H
#define GUARD_ESP32_H

#include "guard.h"

/** Tells how the relay is opened, and opens it if that is due already. */
void guard_arm(guard_relay relay);

/** Why this boot came. */
guard_cause guard_restart_cause(void);

void guard_relay_decided(void);

/**
 * The engine begins to tell why it ends, for which it needs memory. A second call says that there was none for that:
 * it leaves the note and does not return.
 */
void guard_engine_ending(void);

/** The engine has told why it ends: it restarts the chip next. */
void guard_engine_ended(bool out_of_memory);

/** Restarts, as was wished. Does not return. */
void guard_restart(void);

#endif
