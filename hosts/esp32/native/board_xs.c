// The board's native functions for JavaScript: ../native.ts binds them.
#include "guard_esp32.h"
#include "pulse_esp32.h"
#include "seed_esp32.h"
#include "watchdog_esp32.h"

#include "driver/uart.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "xsmc.h"

#include <string.h>

/** What the SDK calls the end of the engine for want of memory. */
#define MEMORY_FULL "memory full"

/** (): number of us since the start */
void xs_board_microseconds(xsMachine *the) { xsmcSetNumber(xsResult, (double)esp_timer_get_time()); }

/** (): does not return */
void xs_board_restart(xsMachine *the) {
  (void)the;
  guard_restart();
}

/** (pin: number, level: number, pulseMilliseconds: number) */
void xs_guard_arm(xsMachine *the) {
  const guard_relay relay = {
    .pin = xsmcToUnsigned(xsArg(0)), .level = xsmcToUnsigned(xsArg(1)), .pulse_ms = xsmcToUnsigned(xsArg(2))};
  guard_arm(relay);
}

/** (): number, a guard_cause */
void xs_guard_restart_cause(xsMachine *the) { xsmcSetInteger(xsResult, guard_restart_cause()); }

/** () */
void xs_guard_decided(xsMachine *the) {
  (void)the;
  guard_relay_decided();
}

/** () */
void xs_guard_engine_ending(xsMachine *the) {
  (void)the;
  guard_engine_ending();
}

/** (cause: string) */
void xs_guard_engine_ended(xsMachine *the) { guard_engine_ended(strcmp(xsmcToString(xsArg(0)), MEMORY_FULL) == 0); }

/** (timeoutMilliseconds: number): boolean */
void xs_watchdog_start(xsMachine *the) {
  const bool started = watchdog_start(xsmcToUnsigned(xsArg(0)));
  xsmcSetBoolean(xsResult, started);
}

/** () */
void xs_watchdog_feed(xsMachine *the) {
  (void)the;
  watchdog_feed();
}

/** (pin: number) */
void xs_pulse_init(xsMachine *the) { pulse_init(xsmcToUnsigned(xsArg(0))); }

/** (pin: number, milliseconds: number): boolean */
void xs_pulse_start(xsMachine *the) {
  const bool started = pulse_start(xsmcToUnsigned(xsArg(0)), xsmcToUnsigned(xsArg(1)));
  xsmcSetBoolean(xsResult, started);
}

/** (seed: Uint8Array) */
void xs_seed_random(xsMachine *the) {
  void *bytes;
  xsUnsignedValue count;
  xsmcGetBufferWritable(xsArg(0), &bytes, &count);
  seed_random(bytes, count);
}

/** () */
void xs_radio_restart(xsMachine *the) {
  (void)the;
  esp_wifi_stop();
  esp_wifi_start();
}

/** (port: number): the SDK's Serial, which has opened the port, knows no parity */
void xs_serial_even_parity(xsMachine *the) { uart_set_parity(xsmcToInteger(xsArg(0)), UART_PARITY_EVEN); }

/** (): number of bytes */
void xs_board_free_memory(xsMachine *the) { xsmcSetInteger(xsResult, esp_get_free_heap_size()); }
