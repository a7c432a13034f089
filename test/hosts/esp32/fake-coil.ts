import type { VirtualClock } from '../../../hosts/mock/clock';

export interface Pulse {
  readonly pin: number;
  /** `monotonic` ms */
  readonly from: number;
  readonly to: number;
}

/** Outputs whose pulses end by the clock, as native/pulse_esp32.h has them: one pulse at a time. */
export function fakeCoils(clock: VirtualClock) {
  const pulses: Pulse[] = [];
  const pins: number[] = [];
  class FakeCoil {
    readonly #pin: number;

    constructor({ pin }: { readonly pin: number }) {
      this.#pin = pin;
      pins.push(pin);
    }

    pulse(milliseconds: number): void {
      const from = clock.monotonic();
      const last = pulses.at(-1);
      if (last !== undefined && from < last.to) throw new Error('there is another pulse');
      pulses.push({ pin: this.#pin, from, to: from + milliseconds });
    }
  }
  return { Coil: FakeCoil, pulses, pins };
}
