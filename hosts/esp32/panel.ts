import type { Clock, Display, Indicator, Timer } from '../../firmware/host';
import { type DisplayDetails, type DisplayText, displayText, PAGES, type Screen } from './display-text';

export interface PanelOptions {
  readonly clock: Clock;
  /** Asked for once a second while a screen is lit. */
  details(): DisplayDetails;
  /** The LED, where the board has one. */
  readonly led?: Indicator;
  /** Those the board has; may be none. */
  readonly screens: readonly Screen[];
}

/** ms */
const REFRESH = 1000;
/** Refreshes for which the balance, and in its turn the reason, is shown where there is room for one only. */
const TURN = 2;
/** ms without a press after which the balance is shown again */
const BACK_TO_BALANCE = 30_000;
/** ms without a press or a change of the supply after which screens go dark: OLEDs age, and LEDs draw current */
const AWAKE = 600_000;

/** All that a person can see of the meter: LED and screens, whichever the board has. */
export class Panel implements Indicator {
  readonly #options: PanelOptions;
  #display: Display | undefined;
  #shown: DisplayText | undefined;
  #page = 0;
  #refreshes = 0;
  /** `monotonic` ms of the last press or change of the supply. */
  #touchedAt: number;
  #timer: Timer | undefined;

  constructor(options: PanelOptions) {
    this.#options = options;
    this.#touchedAt = options.clock.monotonic();
  }

  /** Called every window: all but the LED waits for the next refresh. */
  show(display: Display): void {
    this.#options.led?.show(display);
    const isChange = this.#display?.closed !== display.closed || this.#display.reason !== display.reason;
    this.#display = display;
    if (isChange) this.#wake();
  }

  /** A press of the button: wakes the screens, or turns the page. */
  press(): void {
    if (this.#timer !== undefined) this.#page = (this.#page + 1) % PAGES.length;
    this.#wake();
  }

  #wake(): void {
    this.#touchedAt = this.#options.clock.monotonic();
    this.#timer?.cancel();
    // Not in the turn of the window that drives the relay.
    this.#timer = this.#options.clock.after(0, () => this.#refresh());
  }

  #refresh(): void {
    const { clock, screens } = this.#options;
    this.#timer = undefined;
    const idle = clock.monotonic() - this.#touchedAt;
    if (idle >= BACK_TO_BALANCE) this.#page = 0;
    if (idle >= AWAKE) {
      this.#shown = undefined;
      for (const screen of screens) screen.off();
      return;
    }
    if (screens.length === 0) return;
    this.#draw();
    this.#timer = clock.after(REFRESH, () => this.#refresh());
  }

  #draw(): void {
    const { details, screens } = this.#options;
    if (this.#display === undefined) return;
    const isReasonsTurn = this.#refreshes++ % (2 * TURN) >= TURN;
    const page = PAGES[this.#page] ?? 'balance';
    const text = displayText(page, this.#display, details(), isReasonsTurn);
    if (this.#shown !== undefined && isSame(text, this.#shown)) return;
    this.#shown = text;
    for (const screen of screens) screen.show(text);
  }
}

function isSame(a: DisplayText, b: DisplayText): boolean {
  return (
    a.title === b.title &&
    a.big === b.big &&
    a.digits === b.digits &&
    a.lines.join('\n') === b.lines.join('\n')
  );
}
