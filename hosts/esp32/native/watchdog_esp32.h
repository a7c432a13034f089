/** The chip's task watchdog, for the meter: it restarts the chip when nobody has fed it for long. */
#ifndef WATCHDOG_ESP32_H
#define WATCHDOG_ESP32_H

#include <stdbool.h>
#include <stdint.h>

/** Starts to watch; again, with another time. @returns false when the chip's watchdog cannot be had */
bool watchdog_start(uint32_t timeout_ms);

/** Without effect before the start. */
void watchdog_feed(void);

#endif
