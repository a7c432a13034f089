#include <stdlib.h>

#include "random.h"

#include <windows.h>

#include <bcrypt.h>

#pragma comment(lib, "bcrypt")

void m3ter_random(uint8_t *bytes, size_t length) {
  if (BCryptGenRandom(NULL, bytes, (ULONG)length, BCRYPT_USE_SYSTEM_PREFERRED_RNG) < 0) abort();
}
