import config from 'mc/config';
import { Meter } from '../../firmware/meter';
import { type Board, readBoard } from './board';
import { type BoardDevices, openDevices } from './board-devices';
import { armGuard, freeMemory, restartBoard, restartCode, watchEngine } from './board-native';
import { Console } from './console';
import { consoleCommands } from './console-commands';
import { type Esp32Host, esp32Host } from './esp32-host';
import { listenToButton, makePanel } from './main-panel';
import { openingMove } from './relay-guard';
import { restartCause } from './restart-cause';
import { Settings } from './settings';
import { TimeKeeper } from './time';
import { WifiKeeper } from './wifi';
import { WindowTap } from './window-tap';

const TIME_SERVERS = ['pool.ntp.org', 'time.cloudflare.com', 'time.google.com'];
/** 2026-01-01, in Unix ms: this firmware is of no earlier year. */
const EARLIEST = 1_767_225_600_000;

/**
 * The meter on a board. The relay is left alone until the ledger is restored and the meter decides; radio and time come
 * last, for nothing essential needs them.
 */
export default function main(): void {
  watchEngine();
  const board = readBoard(config.board);
  const { pin, level, pulse } = openingMove(board.relay);
  armGuard(pin, level, pulse);
  const devices = openDevices();
  const settings = new Settings(devices.settings(), board.calibration.length);
  const slots = devices.slots();
  const panel = makePanel(board, devices, () => meter);
  const host = esp32Host(board, devices, restartCause(restartCode(), slots.wasRolledBack), panel);
  const windows = new WindowTap(host.sensor);
  const meter = new Meter({ ...host, sensor: windows, update: slots }, meterOptions(board, settings));
  meter.start();
  host.watchdog.start();
  const wifi = keepConnected(devices, settings);
  listenToButton(board, devices, panel, meter, () => {
    settings.remove('wifi');
    wifi.use(undefined);
  });
  openConsole(board, devices, { meter, host, settings, slots, windows });
}

/** A setting that is damaged counts as one that was never made; the console shows what is wrong with it. */
function meterOptions(board: Board, settings: Settings) {
  const calibration = settings.get('calibration');
  const broker = settings.get('broker');
  const location = settings.get('location');
  return {
    calibration: (calibration.ok ? calibration.value?.phases : undefined) ?? board.calibration,
    ...(broker.ok && broker.value && { broker: broker.value }),
    ...(location.ok && location.value && { position: location.value }),
    ...(board.bench && { bench: true }),
  };
}

function keepConnected(devices: BoardDevices, settings: Settings): WifiKeeper {
  const { clock, crypto, resolve, UDP, WiFi, restartRadio, setSystemTime } = devices;
  const time = new TimeKeeper({
    ...{ io: UDP, clock, crypto, resolve, servers: TIME_SERVERS, earliest: EARLIEST, onSet: setSystemTime },
  });
  const onChange = (state: WifiKeeper['state']) => {
    if (state === 'online') time.onNetwork();
  };
  const keeper = new WifiKeeper({ io: WiFi, clock, crypto, restartRadio, onChange });
  const wifi = settings.get('wifi');
  if (wifi.ok) keeper.use(wifi.value);
  return keeper;
}

type BoardSlots = ReturnType<BoardDevices['slots']>;

interface Running {
  readonly meter: Meter;
  readonly host: Esp32Host;
  readonly settings: Settings;
  readonly slots: BoardSlots;
  readonly windows: WindowTap;
}

function openConsole(board: Board, { clock, Serial }: BoardDevices, running: Running): void {
  if (board.console === undefined) return;
  const { meter, host, settings, slots, windows } = running;
  const { crypto, restart } = host;
  const commands = consoleCommands({
    ...{ meter, clock, crypto, settings, windows, freeMemory },
    ...(restart && { restart }),
    updateState: () => (slots.isOnTrial ? 'on trial' : 'proved'),
    restartNow: () => {
      meter.stop();
      restartBoard();
    },
  });
  new Console({ io: Serial, line: board.console, clock, commands });
}
