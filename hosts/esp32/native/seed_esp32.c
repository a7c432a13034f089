#include "seed_esp32.h"

#include "bootloader_random.h"
#include "esp_random.h"

void seed_random(uint8_t *bytes, size_t length) {
  bootloader_random_enable();
  esp_fill_random(bytes, length);
  bootloader_random_disable();
}
