#include "guard_esp32.h"

#include "driver/gpio.h"
#include "esp_attr.h"
#include "esp_rom_sys.h"
#include "esp_system.h"

static RTC_NOINIT_ATTR guard_memory memory;
static guard_note note;
static bool is_engine_ending;

static guard_reset reset_of(esp_reset_reason_t reason) {
  switch (reason) {
  case ESP_RST_POWERON:
    return GUARD_RESET_POWER;
  case ESP_RST_SW:
    return GUARD_RESET_SOFTWARE;
  case ESP_RST_PANIC:
  case ESP_RST_CPU_LOCKUP:
    return GUARD_RESET_PANIC;
  case ESP_RST_INT_WDT:
  case ESP_RST_TASK_WDT:
  case ESP_RST_WDT:
    return GUARD_RESET_WATCHDOG;
  case ESP_RST_BROWNOUT:
  case ESP_RST_PWR_GLITCH:
    return GUARD_RESET_BROWN_OUT;
  default:
    return GUARD_RESET_PIN;
  }
}

/** Waits for the end of a pulse itself: there is nothing better to do, and timers may not run yet. */
static void open_relay_if_due(void) {
  const guard_relay *relay = guard_relay_to_open(&memory);
  if (relay == NULL) return;
  gpio_set_level(relay->pin, relay->level);
  gpio_set_direction(relay->pin, GPIO_MODE_OUTPUT);
  if (relay->pulse_ms == 0) return;
  esp_rom_delay_us(1000 * relay->pulse_ms);
  gpio_set_level(relay->pin, !relay->level);
}

/**
 * Before the engine: what keeps it from starting must not keep this from happening. The cause of the reset is not known
 * yet, but memory that has lost its power is not sound.
 */
static __attribute__((constructor)) void begin(void) {
  note = guard_begin(&memory);
  open_relay_if_due();
}

guard_cause guard_restart_cause(void) { return guard_cause_of(reset_of(esp_reset_reason()), note); }

void guard_arm(guard_relay relay) {
  guard_know_relay(&memory, relay);
  open_relay_if_due();
}

void guard_relay_decided(void) { guard_decided(&memory); }

void guard_engine_ending(void) {
  if (is_engine_ending) {
    guard_leave_note(&memory, GUARD_NOTE_MEMORY);
    esp_restart();
  }
  is_engine_ending = true;
}

void guard_engine_ended(bool out_of_memory) {
  if (out_of_memory) guard_leave_note(&memory, GUARD_NOTE_MEMORY);
}

void guard_restart(void) {
  guard_leave_note(&memory, GUARD_NOTE_REQUESTED);
  esp_restart();
}
