#include "random.h"

#include <stdlib.h>

void m3ter_random(uint8_t *bytes, size_t length) { arc4random_buf(bytes, length); }
