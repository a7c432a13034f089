/** NVS by the SDK's key-value storage with the format `buffer`. */
export class FakeNvs {
  readonly values = new Map<string, Uint8Array>();
  readonly opened: unknown[] = [];
  /** What is written is lost without a word. */
  isForgetful = false;

  open(options: { readonly path: string; readonly format: 'buffer' }) {
    this.opened.push(options);
    return {
      read: (key: string) => this.values.get(key)?.slice().buffer as ArrayBuffer | undefined,
      write: (key: string, value: Uint8Array) => {
        if (!this.isForgetful) this.values.set(key, value.slice());
      },
    };
  }
}
