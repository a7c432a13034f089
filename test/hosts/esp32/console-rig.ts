import type { Meter } from '../../../firmware/meter';
import { Console } from '../../../hosts/esp32/console';
import { consoleCommands } from '../../../hosts/esp32/console-commands';
import { Settings } from '../../../hosts/esp32/settings';
import { WindowTap } from '../../../hosts/esp32/window-tap';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../../hosts/node/crypto';
import { MeterRig, type MeterRigOptions } from '../../support/meter-rig';
import { FakeTerminal } from './fake-serial';
import { FakeStore } from './fake-store';

/** A terminal on the console of a meter on emulated parts that has been started. */
export async function consoleRig(options: MeterRigOptions = {}) {
  const rig = new MeterRig(options);
  await rig.boot();
  const store = new FakeStore();
  const settings = new Settings(store, 1);
  const terminal = new FakeTerminal(rig.clock);
  // One that samples, as a chip does not.
  const sampling = Object.assign(new ScriptedSensor(), { capture() {} });
  const windows = new WindowTap(sampling);
  windows.start({ onWindow() {}, onMeasurement() {}, onFault() {}, onCapture() {} });
  let restarts = 0;
  const commands = consoleCommands({
    meter: rig.meter as Meter,
    clock: rig.clock,
    crypto: createCrypto(),
    settings,
    windows,
    restart: 'power',
    freeMemory: () => 84_320,
    updateState: () => 'this firmware has proved itself',
    restartNow: () => {
      restarts++;
    },
  });
  const line = { port: 0, receive: 3, transmit: 1, baud: 115_200 };
  const console = new Console({ io: terminal.io, line, clock: rig.clock, commands });
  return { rig, store, settings, terminal, console, sampling, windows, restarts: () => restarts };
}
