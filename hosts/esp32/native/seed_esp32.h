#ifndef SEED_ESP32_H
#define SEED_ESP32_H

#include <stddef.h>
#include <stdint.h>

/**
 * Fills memory with random bytes fit for a key while the radio is off, by the noise of the converter. Neither the
 * radio nor the sampler may have been started (ESP-IDF, "Random Number Generation").
 */
void seed_random(uint8_t *bytes, size_t length);

#endif
