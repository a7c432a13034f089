import type { RelayDriver } from '../../firmware/host';
import type { World } from '../mock/front-end';
import { MockRelay } from '../mock/relay';

/** µs: the load changes only by hand, but relay and hand are looked at this often. */
const LOOK = 10_000;
const MAINS = { voltage: 230, frequency: 50 };

/** What is behind the meter: 230 V mains and a resistive load, which the person at the screen chooses. */
export class Household {
  readonly relay: RelayDriver & { isClosed(): boolean } = new MockRelay();
  /** W, drawn while the relay is closed */
  load = 0;

  /** What the front end is wired to. */
  readonly world: World = time => ({
    ...MAINS,
    phases: [{ activePower: this.relay.isClosed() ? this.load : 0, reactivePower: 0 }],
    until: time + LOOK,
  });
}
