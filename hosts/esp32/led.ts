import type { Clock, Display, Indicator, Timer } from '../../firmware/host';

/** What of ECMA-419's Digital the LED needs. */
export interface LedPin {
  write(value: number): void;
}

export interface LedPinClass {
  new (options: {
    readonly pin: number;
    readonly mode: number;
    readonly activeLow?: boolean;
    readonly initialValue: 0 | 1;
  }): LedPin;
  readonly Output: number;
}

interface BlinkCode {
  /** What it tells a person. */
  readonly meaning: string;
  /** ms lit, dark, lit, dark, ..., over and over; one number alone: lit without end. */
  readonly pattern: readonly number[];
}

/**
 * What the LED says. Mostly lit: there is supply. Mostly dark: there is none, and the number of flashes says why.
 * Flickering: call for service.
 */
export const BLINK_CODES = {
  supplied: { meaning: 'supply on', pattern: [0] },
  low: { meaning: 'supply on, low balance', pattern: [1000, 1000] },
  offline: { meaning: 'supply on, no connection to the broker', pattern: [4800, 200] },
  exhausted: { meaning: 'supply off: the balance is used up', pattern: [100, 2900] },
  ordered: { meaning: "supply off: by the operator's order", pattern: [100, 200, 100, 2600] },
  overload: {
    meaning: 'supply off: more power was drawn than is allowed',
    pattern: [100, 200, 100, 200, 100, 2300],
  },
  unlinked: {
    meaning: 'supply off: not linked to an M3ter yet',
    pattern: [100, 200, 100, 200, 100, 200, 100, 2000],
  },
  waiting: { meaning: 'supply off: it comes back by itself', pattern: [1000, 2000] },
  unarmed: { meaning: 'supply off: press the button to have it back', pattern: [500, 500] },
  voltage: {
    meaning: 'supply off: the voltage is too high or too low',
    pattern: [100, 200, 100, 200, 100, 200, 100, 200, 100, 1700],
  },
  relay: { meaning: 'the relay does not do as it is told', pattern: [100, 100, 100, 700] },
  critical: { meaning: 'supply on, very low balance', pattern: [300, 300] },
  fault: { meaning: 'supply off: a fault', pattern: [100, 100] },
} as const satisfies Record<string, BlinkCode>;

export type BlinkCodeName = keyof typeof BLINK_CODES;

/** The code for what is to be shown; `fault` for a reason that has none of its own. */
export function blinkCode(display: Display): BlinkCodeName {
  const { closed, reason, lowBalance, criticalBalance, relayFault, online } = display;
  if (relayFault) return 'relay';
  if (closed) {
    if (criticalBalance) return 'critical';
    if (lowBalance) return 'low';
    return online ? 'supplied' : 'offline';
  }
  switch (reason) {
    case 'exhausted':
    case 'ordered':
    case 'overload':
    case 'unlinked':
    case 'unarmed':
      return reason;
    case 'overvoltage':
    case 'undervoltage':
      return 'voltage';
    case 'suspended':
      return 'ordered';
    case 'reconnecting':
      return 'waiting';
    default:
      return 'fault';
  }
}

export interface LedOptions {
  readonly io: LedPinClass;
  readonly pin: number;
  /** The LED is lit by a low level. */
  readonly activeLow?: boolean;
  readonly clock: Clock;
}

/** One LED that tells by its blinking how the supply is, and why. Dark until it is first told. */
export class Led implements Indicator {
  readonly #pin: LedPin;
  readonly #clock: Clock;
  #code: BlinkCodeName | undefined;
  #timer: Timer | undefined;

  constructor({ io, pin, activeLow = false, clock }: LedOptions) {
    this.#pin = new io({ pin, mode: io.Output, activeLow, initialValue: 0 });
    this.#clock = clock;
  }

  /** A code that goes on is not begun anew, so that it may be shown every window. */
  show(display: Display): void {
    const code = blinkCode(display);
    if (code === this.#code) return;
    this.#code = code;
    this.#timer?.cancel();
    this.#step(BLINK_CODES[code].pattern, 0);
  }

  #step(pattern: readonly number[], index: number): void {
    this.#pin.write(index % 2 === 0 ? 1 : 0);
    if (pattern.length === 1) return;
    this.#timer = this.#clock.after(pattern[index] as number, () =>
      this.#step(pattern, (index + 1) % pattern.length),
    );
  }
}
