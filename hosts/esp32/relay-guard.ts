import type { RelayDriver } from '../../firmware/host';
import type { RelayWiring } from './board';

/** What opens the relay, in the guard's terms. */
export interface OpeningMove {
  readonly pin: number;
  /** The pin's level for open, or during the pulse. */
  readonly level: 0 | 1;
  /** ms; 0 for a level that stays */
  readonly pulse: number;
}

export function openingMove(relay: RelayWiring): OpeningMove {
  if (relay.type === 'latching') return { pin: relay.openPin, level: 1, pulse: relay.pulseMilliseconds };
  return { pin: relay.pin, level: relay.activeLow ? 1 : 0, pulse: 0 };
}

/** The same relay, which tells of the first command that it gets. */
export function tellingRelay(relay: RelayDriver, onFirst: () => void): RelayDriver {
  let isTold = false;
  const tell = () => {
    if (!isTold) onFirst();
    isTold = true;
  };
  const { isClosed } = relay;
  return {
    close() {
      relay.close();
      tell();
    },
    open() {
      relay.open();
      tell();
    },
    ...(isClosed && { isClosed: () => isClosed.call(relay) }),
  };
}
