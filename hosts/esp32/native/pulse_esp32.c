#include "pulse_esp32.h"

#include "driver/gpio.h"
#include "esp_system.h"
#include "esp_timer.h"

#define NO_PIN UINT32_MAX

static esp_timer_handle_t timer;
static volatile uint32_t active_pin = NO_PIN;

static void end_pulse(void) {
  if (active_pin != NO_PIN) gpio_set_level(active_pin, 0);
  active_pin = NO_PIN;
}

static void on_timer(void *context) {
  (void)context;
  end_pulse();
}

void pulse_init(uint32_t pin) {
  gpio_set_level(pin, 0);
  gpio_set_direction(pin, GPIO_MODE_OUTPUT);
  // Pins keep their level over a restart in software.
  esp_register_shutdown_handler(end_pulse);
}

bool pulse_start(uint32_t pin, uint32_t milliseconds) {
  const esp_timer_create_args_t arguments = {.callback = on_timer, .name = "pulse"};
  if (active_pin != NO_PIN) return false;
  if (timer == NULL && esp_timer_create(&arguments, &timer) != ESP_OK) return false;
  active_pin = pin;
  gpio_set_level(pin, 1);
  if (esp_timer_start_once(timer, 1000ull * milliseconds) == ESP_OK) return true;
  end_pulse();
  return false;
}
