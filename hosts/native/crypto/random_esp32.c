#include "random.h"

#include "esp_random.h"

// Noise of the radio: only while Wi-Fi or Bluetooth is on are these bytes more than pseudo-random (ESP-IDF, "Random
// Number Generation"). Enough for waits and blinding before; the seed is made by hosts/esp32/native/seed_esp32.c.
void m3ter_random(uint8_t *bytes, size_t length) { esp_fill_random(bytes, length); }
