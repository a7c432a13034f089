/**
 * What the SDK's `embedded:update` lacks: whether the firmware that runs is on trial, and its end in either way. With
 * CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE the bootloader starts a new image once; whatever restarts the chip before
 * `update_confirm` brings back the image before.
 */
#ifndef M3TER_UPDATE_ESP32_H
#define M3TER_UPDATE_ESP32_H

#include <stdbool.h>

/** True from the first start of a new image until it is confirmed. */
bool update_is_on_trial(void);

/** Keeps the image that runs. @returns false when the flash did not take it; it stays on trial */
bool update_confirm(void);

/** Marks the image that runs as bad and restarts into the one before. @returns only when there is none, or no flash */
void update_roll_back(void);

#endif
