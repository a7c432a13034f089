import { addressText } from '../../firmware/attest/address';
import type { Meter } from '../../firmware/meter';
import type { Board } from './board';
import type { BoardDevices } from './board-devices';
import { Button } from './button';
import type { DisplayDetails, Screen } from './display-text';
import { Led } from './led';
import { Panel } from './panel';
import { Ssd1306 } from './ssd1306';
import { Tm1637 } from './tm1637';

/** What a person at the meter sees, of a meter that is made after it. */
export function makePanel(board: Board, devices: BoardDevices, meter: () => Meter): Panel {
  const { clock, crypto, Digital } = devices;
  const screen = makeScreen(board, devices);
  return new Panel({
    clock,
    details: () => panelDetails(meter(), crypto),
    ...(board.led && { led: new Led({ io: Digital, ...board.led, clock }) }),
    screens: screen === undefined ? [] : [screen],
  });
}

/** A short press asks for supply, or turns the page where there is none to ask for; a long one forgets the network. */
export function listenToButton(
  { button }: Board,
  { clock, Digital }: BoardDevices,
  panel: Panel,
  meter: Pick<Meter, 'ask'>,
  forgetWifi: () => void,
): void {
  if (button === undefined) return;
  const onShortPress = () => {
    if (!meter.ask().ok) panel.press();
  };
  new Button({ io: Digital, ...button, clock, onShortPress, onLongPress: forgetWifi });
}

function makeScreen({ display }: Board, { clock, Digital, I2C, encodeQr }: BoardDevices): Screen | undefined {
  switch (display?.type) {
    case 'ssd1306': {
      const bus = { data: display.sda, clock: display.scl, address: display.address };
      return new Ssd1306({ io: I2C, bus, clock, encode: encodeQr });
    }
    case 'tm1637':
      return new Tm1637({ io: Digital, clockPin: display.clock, dataPin: display.data });
    default:
      return undefined;
  }
}

function panelDetails(
  { measurement, address, m3terId, forecast }: Meter,
  crypto: BoardDevices['crypto'],
): DisplayDetails {
  const { phases } = measurement;
  return {
    voltage: phases[0]?.voltage ?? 0,
    current: phases[0]?.current ?? 0,
    activePower: phases.reduce((sum, phase) => sum + phase.activePower, 0),
    address: address && addressText(crypto, address),
    m3terId,
    hoursLeft: forecast?.hoursLeft,
  };
}
