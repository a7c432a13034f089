/** Pulses on output pins whose end a hardware timer brings about, however busy the engine is. One at a time. */
#ifndef PULSE_ESP32_H
#define PULSE_ESP32_H

#include <stdbool.h>
#include <stdint.h>

/** Makes a pin an output that is low. */
void pulse_init(uint32_t pin);

/** Makes the pin high for so long. @returns false, having done nothing, while there is a pulse, or without a timer */
bool pulse_start(uint32_t pin, uint32_t milliseconds);

#endif
