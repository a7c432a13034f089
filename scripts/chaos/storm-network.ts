import type { Network, Socket, SocketOptions } from '../../firmware/host';
import type { VirtualClock } from '../../hosts/mock/clock';
import type { MemoryNetwork } from '../../hosts/mock/network';
import { StormConnection, type StormTally, type WireWatch } from './storm-connection';
import { CALM, type Fate, type Weather } from './weather';

/** Messages to the meter that are kept, to come once more */
const MOST_HISTORY = 64;

/** One meter's way to whichever broker there is; its weather holds for connections that are opened from then on. */
export class StormNetwork implements Network {
  weather: Weather = CALM;
  readonly tally: StormTally = {
    ...{ dropped: 0, stalled: 0, duplicated: 0, heldBack: 0, replayed: 0, answersLost: 0, answersLate: 0 },
  };
  readonly #clock: VirtualClock;
  readonly #fate: Fate;
  readonly #watch: WireWatch;
  readonly #history: Uint8Array[] = [];
  #broker: MemoryNetwork | undefined;
  #isUp = true;
  #traffic = 0;

  constructor(clock: VirtualClock, fate: Fate, watch: WireWatch) {
    this.#clock = clock;
    this.#fate = fate;
    this.#watch = watch;
  }

  /** Grows whenever something moves. */
  get traffic(): number {
    return this.#traffic + (this.#broker?.traffic ?? 0);
  }

  /** Whether there is a way at all; where there was one, its connections end. */
  set isUp(isUp: boolean) {
    this.#isUp = isUp;
    if (this.#broker !== undefined) this.#broker.online = isUp;
  }

  /** The broker at the other end, by a network of its own; all connections to the one before end. */
  reach(broker: MemoryNetwork): void {
    this.leave();
    this.#broker = broker;
    broker.online = this.#isUp;
  }

  /** There is no broker, until `reach`. */
  leave(): void {
    if (this.#broker === undefined) return;
    this.#traffic += this.#broker.traffic + 1;
    this.#broker.online = false;
  }

  open(options: SocketOptions): Socket {
    if (this.#broker === undefined) throw new Error('open: expected a broker that was reached before');
    this.#history.splice(0, this.#history.length - MOST_HISTORY);
    return new StormConnection(this.#broker, options, {
      ...{ clock: this.#clock, fate: this.#fate, weather: this.weather, watch: this.#watch },
      ...{ tally: this.tally, history: this.#history },
      onTraffic: () => void this.#traffic++,
    });
  }
}
