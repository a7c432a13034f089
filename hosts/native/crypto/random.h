#ifndef M3TER_RANDOM_H
#define M3TER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Fills memory with random bytes of the hardware, fit for keys. */
void m3ter_random(uint8_t *bytes, size_t length);

#endif
