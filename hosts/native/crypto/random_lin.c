#include "random.h"

#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

// At most 256 bytes at a time come whole and without interruption by a signal (getrandom(2)).
#define WHOLE 256

void m3ter_random(uint8_t *bytes, size_t length) {
  while (length > 0) {
    const size_t part = length < WHOLE ? length : WHOLE;
    if (getrandom(bytes, part, 0) != (ssize_t)part) abort();
    bytes += part;
    length -= part;
  }
}
