import type { Host } from '../../firmware/host';
import { Meter, type MeterOptions } from '../../firmware/meter';
import type { Result } from '../../firmware/result';
import { PoweredHost } from '../mock/power';
import { parseProvisioning } from '../provisioning';

/** ms between two looks for a link document */
const LINK_INTERVAL = 1000;

/** The meter with its plug, which can be pulled; and the document by which a person tells it who it is. */
export class DesktopMeter {
  readonly #host: Host;
  readonly #options: MeterOptions;
  readonly #readLink: () => Result<string | undefined, string>;
  #power: PoweredHost | undefined;
  #meter: Meter | undefined;
  #shown: string | undefined;
  #notice: string | undefined;

  /**
   * Plugged in.
   * @param readLink the link document, if there is one now; or one line on why it cannot be read
   */
  constructor(host: Host, options: MeterOptions, readLink: () => Result<string | undefined, string>) {
    this.#host = host;
    this.#options = options;
    this.#readLink = readLink;
    this.plugIn();
    this.#watchLink();
  }

  /** Undefined while it is unplugged. */
  get meter(): Meter | undefined {
    return this.#meter;
  }

  /** One line on what is wrong, with the meter or with the link document; undefined when all is well. */
  get notice(): string | undefined {
    const fault = this.#meter?.fault;
    return fault === undefined ? this.#notice : `fault: ${fault}`;
  }

  /** Boots the meter from what is on its flash; it goes on from there. */
  plugIn(): void {
    if (this.#meter !== undefined) return;
    this.#shown = undefined;
    this.#notice = undefined;
    this.#power = new PoweredHost(this.#host, { onException: error => this.#crash(error) });
    try {
      this.#meter = new Meter(this.#power, this.#options);
      this.#meter.start();
    } catch (error) {
      this.#crash(error);
    }
  }

  /** As a power cut: nothing is saved, nobody is told. */
  pullPlug(): void {
    this.#meter = undefined;
    this.#power?.cutPower();
  }

  /** Puts everything on flash and says good-bye; for good. */
  stop(): void {
    this.#meter?.stop();
    this.pullPlug();
  }

  /** What the firmware throws ends its run, as on the board, where it would restart. */
  #crash(error: unknown): void {
    this.pullPlug();
    this.#notice = `the meter has crashed: ${(error as Error).message}`;
  }

  #watchLink(): void {
    if (this.#meter !== undefined) this.#look(this.#meter);
    this.#host.clock.after(LINK_INTERVAL, () => this.#watchLink());
  }

  /** Shows the meter a document once, and again when it has changed. */
  #look(meter: Meter): void {
    const text = this.#readLink();
    if (!text.ok) this.#notice = text.fault;
    if (!text.ok || text.value === this.#shown) return;
    this.#shown = text.value;
    this.#notice = text.value === undefined ? undefined : this.#link(meter, text.value);
  }

  #link(meter: Meter, text: string): string | undefined {
    const document = parseProvisioning(this.#host.crypto, text);
    if (!document.ok) return document.fault;
    // Its broker is that of the configuration.
    const linked = meter.link(document.value.offer);
    return linked.ok ? undefined : `link document: expected a link that the meter takes, got ${linked.fault}`;
  }
}
