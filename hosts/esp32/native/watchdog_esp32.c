#include "watchdog_esp32.h"

#include "esp_task_wdt.h"

static esp_task_wdt_user_handle_t meter;

bool watchdog_start(uint32_t timeout_ms) {
  const esp_task_wdt_config_t config = {.timeout_ms = timeout_ms, .idle_core_mask = 0, .trigger_panic = true};
  // The system has started it for its own ends, or it has not.
  if (esp_task_wdt_reconfigure(&config) != ESP_OK && esp_task_wdt_init(&config) != ESP_OK) return false;
  return meter != NULL || esp_task_wdt_add_user("meter", &meter) == ESP_OK;
}

void watchdog_feed(void) {
  if (meter != NULL) esp_task_wdt_reset_user(meter);
}
