import type { KeyValueStore } from '../../../hosts/esp32/settings';

/** NVS as the SDK's key-value storage gives it with the format `string`: its limits, and its errors by throwing. */
export class FakeStore implements KeyValueStore {
  readonly texts = new Map<string, string>();
  /** Every call throws. */
  isBroken = false;
  /** What is written is lost without a word. */
  isForgetful = false;

  read(key: string): string | undefined {
    this.#check(key);
    return this.texts.get(key);
  }

  write(key: string, text: string): void {
    this.#check(key);
    if (Buffer.byteLength(text) >= 4000) throw new Error('ESP_ERR_NVS_VALUE_TOO_LONG');
    if (!this.isForgetful) this.texts.set(key, text);
  }

  delete(key: string): void {
    this.#check(key);
    if (!this.isForgetful) this.texts.delete(key);
  }

  #check(key: string): void {
    if (key.length > 15) throw new Error('ESP_ERR_NVS_KEY_TOO_LONG');
    if (this.isBroken) throw new Error('ESP_ERR_FLASH_OP_FAIL');
  }
}
