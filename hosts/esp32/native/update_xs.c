// The slots for JavaScript: update-native.ts binds these functions.
#include "update_esp32.h"

#include "xsmc.h"

/** (): boolean */
void xs_slots_trial(xsMachine *the) {
  const bool on_trial = update_is_on_trial();
  xsmcSetBoolean(xsResult, on_trial);
}

/** (): boolean */
void xs_slots_confirm(xsMachine *the) {
  const bool confirmed = update_confirm();
  xsmcSetBoolean(xsResult, confirmed);
}

/** () */
void xs_slots_roll_back(xsMachine *the) {
  (void)the;
  update_roll_back();
}
