#include "random.h"

#include "esp_random.h"

// Noise of the radio: only while Wi-Fi or Bluetooth is on are these bytes more than pseudo-random. So a seed is made
// after Wi-Fi has been switched on, connected or not (ESP-IDF, "Random Number Generation").
void m3ter_random(uint8_t *bytes, size_t length) { esp_fill_random(bytes, length); }
