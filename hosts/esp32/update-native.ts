import type { SlotControl } from './update';

/** The slots of the ESP32's flash, by ESP-IDF. */
export const slotControl: SlotControl = {
  isOnTrial: native('xs_slots_trial') as () => boolean,
  confirm: native('xs_slots_confirm') as () => boolean,
  rollBack: native('xs_slots_roll_back') as () => void,
};
