import type { Clock, RelayDriver } from '../../firmware/host';
import type { LatchingRelayWiring, MonostableRelayWiring, PinWiring } from './board';

/** What of ECMA-419's Digital a relay needs. */
export interface RelayPin {
  read(): number;
  write(value: number): void;
}

export interface RelayPinClass {
  new (options: { readonly pin: number; readonly mode: number; readonly initialValue?: number }): RelayPin;
  readonly Input: number;
  readonly InputPullUp: number;
  readonly Output: number;
}

/** An output that is high for a given time and low otherwise; the hardware ends the pulse, whatever the engine does. */
export interface Coil {
  pulse(milliseconds: number): void;
}

/** Low from its construction on. */
export type CoilClass = new (options: { readonly pin: number }) => Coil;

export interface MonostableRelayOptions {
  readonly io: RelayPinClass;
  readonly wiring: MonostableRelayWiring;
}

/**
 * A relay that is closed while its pin is active. The pin is not touched before the first command, and then takes its
 * level before it becomes an output: a restart that finds the relay closed and decides to close it does not move it.
 */
export class MonostableRelay implements RelayDriver {
  readonly #io: RelayPinClass;
  readonly #wiring: MonostableRelayWiring;
  readonly isClosed?: () => boolean;
  #pin: RelayPin | undefined;

  constructor({ io, wiring }: MonostableRelayOptions) {
    this.#io = io;
    this.#wiring = wiring;
    if (wiring.readBack !== undefined) this.isClosed = readBack(io, wiring.readBack);
  }

  close(): void {
    this.#set(true);
  }

  open(): void {
    this.#set(false);
  }

  #set(closed: boolean): void {
    const { pin, activeLow } = this.#wiring;
    const level = closed === activeLow ? 0 : 1;
    if (this.#pin === undefined)
      this.#pin = new this.#io({ pin, mode: this.#io.Output, initialValue: level });
    else this.#pin.write(level);
  }
}

export interface LatchingRelayOptions {
  readonly io: CoilClass;
  readonly readBackIo: RelayPinClass;
  readonly clock: Clock;
  readonly wiring: LatchingRelayWiring;
}

/**
 * A relay that a pulse on one of two coils moves, and that stays where it is without. There is never current in both:
 * a command that comes during a pulse waits for its end and as long again, and of several only the last counts.
 */
export class LatchingRelay implements RelayDriver {
  readonly #clock: Clock;
  readonly #wiring: LatchingRelayWiring;
  readonly #coils: { readonly close: Coil; readonly open: Coil };
  readonly isClosed?: () => boolean;
  #isBusy = false;
  #next: 'close' | 'open' | undefined;

  constructor({ io, readBackIo, clock, wiring }: LatchingRelayOptions) {
    this.#clock = clock;
    this.#wiring = wiring;
    this.#coils = { close: new io({ pin: wiring.closePin }), open: new io({ pin: wiring.openPin }) };
    if (wiring.readBack !== undefined) this.isClosed = readBack(readBackIo, wiring.readBack);
  }

  close(): void {
    this.#command('close');
  }

  open(): void {
    this.#command('open');
  }

  #command(way: 'close' | 'open'): void {
    this.#next = way;
    if (!this.#isBusy) this.#pulse(way);
  }

  #pulse(way: 'close' | 'open'): void {
    const { pulseMilliseconds } = this.#wiring;
    this.#next = undefined;
    this.#isBusy = true;
    this.#coils[way].pulse(pulseMilliseconds);
    this.#clock.after(2 * pulseMilliseconds, () => {
      this.#isBusy = false;
      if (this.#next !== undefined) this.#pulse(this.#next);
    });
  }
}

/** An input that an open contact leaves floating is held by the chip's own resistor. */
function readBack(io: RelayPinClass, { pin, activeLow }: PinWiring): () => boolean {
  const input = new io({ pin, mode: activeLow ? io.InputPullUp : io.Input });
  return () => (input.read() === 0) === activeLow;
}
