#include "update_esp32.h"

// as the SDK writes it, in whose build app_update/include is no include folder
#include "app_update/include/esp_ota_ops.h"

bool update_is_on_trial(void) {
  esp_ota_img_states_t state;
  return esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK &&
         state == ESP_OTA_IMG_PENDING_VERIFY;
}

bool update_confirm(void) {
  return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}

void update_roll_back(void) {
  (void)esp_ota_mark_app_invalid_rollback_and_reboot();
}
