import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Board, boardPins, CHIPS, type Chip, readBoard } from '../../../hosts/esp32/board';

const BOARDS = fileURLToPath(new URL('../../../hosts/esp32/boards/', import.meta.url));

interface ChipPins {
  /** GPIO of each channel of ADC1, by channel (ESP-IDF, soc/adc_channel.h) */
  readonly adc1: readonly number[];
  /** Pins that decide how the chip starts, from the datasheet's chapter on strapping. */
  readonly strapping: readonly number[];
  /** Pins of the flash, and of the memory beside it on modules that have some. */
  readonly flash: readonly number[];
  readonly usb: readonly number[];
  readonly inputOnly: readonly number[];
  readonly last: number;
}

const PINS: Readonly<Record<Chip, ChipPins>> = {
  esp32: {
    adc1: [36, 37, 38, 39, 32, 33, 34, 35],
    strapping: [0, 2, 5, 12, 15],
    flash: [6, 7, 8, 9, 10, 11, 16, 17],
    usb: [],
    inputOnly: [34, 35, 36, 37, 38, 39],
    last: 39,
  },
  esp32c3: {
    adc1: [0, 1, 2, 3, 4],
    strapping: [2, 8, 9],
    flash: [11, 12, 13, 14, 15, 16, 17],
    usb: [18, 19],
    inputOnly: [],
    last: 21,
  },
  esp32s3: {
    adc1: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    strapping: [0, 3, 45, 46],
    flash: [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37],
    usb: [19, 20],
    inputOnly: [],
    last: 48,
  },
};

function configOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(BOARDS + name, 'utf8')).config.board;
}

const NAMES = readdirSync(BOARDS);

for (const name of NAMES) {
  test(`${name}: every pin can do what it is to do, and none decides how the chip starts`, t => {
    const board = readBoard(configOf(name));
    const { adc1, strapping, flash, usb, inputOnly, last } = PINS[board.chip];
    const { sensor } = board;
    const analog = sensor.type === 'adc' ? sensor.channels.map(channel => adc1[channel] ?? -1) : [];
    for (const pin of [...analog, ...boardPins(board)]) {
      t.true(pin >= 0 && pin <= last, `GPIO ${pin} exists`);
      t.false([...strapping, ...flash, ...usb].includes(pin), `GPIO ${pin} is free`);
    }
    const pins = [...analog, ...boardPins(board)];
    t.is(new Set(pins).size, pins.length, 'one use for each');
    for (const pin of outputs(board)) t.false(inputOnly.includes(pin), `GPIO ${pin} can be an output`);
  });
}

/** And inputs that need the chip's own resistor, which pins for input only do not have. */
function outputs({ sensor, relay, led, button, display, console }: Board): number[] {
  const pins = relay.type === 'latching' ? [relay.closePin, relay.openPin] : [relay.pin];
  pins.push(
    ...[led?.pin, button?.pin, relay.readBack?.pin, console?.transmit].filter(pin => pin !== undefined),
  );
  if (display?.type === 'ssd1306') pins.push(display.sda, display.scl);
  if (display?.type === 'tm1637') pins.push(display.clock, display.data);
  if (sensor.type === 'pzem004t') pins.push(sensor.transmit);
  if (sensor.type === 'ade7953') pins.push(sensor.sda, sensor.scl);
  return pins;
}

test('there is an example for each chip, with each kind of relay and display, and one with metering modules', t => {
  const boards = NAMES.map(name => readBoard(configOf(name)));
  t.deepEqual(new Set(boards.map(board => board.chip)), new Set(CHIPS));
  t.deepEqual(new Set(boards.map(board => board.relay.type)), new Set(['monostable', 'latching']));
  t.deepEqual(new Set(boards.map(board => board.display?.type)), new Set([undefined, 'tm1637', 'ssd1306']));
  t.deepEqual(new Set(boards.map(board => board.calibration.length)), new Set([1, 0, 3]));
});

test('divider, transformer and converter make the calibration', t => {
  const { sensor, calibration } = readBoard(configOf('esp32-devkit.json'));
  t.deepEqual(sensor, { type: 'adc', channels: [6, 7], samplesPerSecond: 10_000 });
  t.is(calibration.length, 1);
  const [phase] = calibration;
  // 3.3 V in 4096 counts; 355 V of mains for a volt; 2000 turns into 22 ohms: 90.9 A for a volt
  t.true(Math.abs((phase?.voltsPerCount ?? 0) - 0.286010742) < 1e-9);
  t.true(Math.abs((phase?.ampsPerCount ?? 0) - 0.073242188) < 1e-9);
  t.like(phase, { phaseDegrees: 1.5, noLoadWatts: 4 });
  // 20,000 conversions a second of both channels in turn
  t.is(phase?.skewMicroseconds, 50);
});

test('the chip’s least rate counts for the skew', t => {
  const config = configOf('esp32-devkit.json');
  const slow = { ...config, adc: { samplesPerSecond: 4000, fullScaleVolts: 3.3 } };
  t.is(readBoard(slow).calibration[0]?.skewMicroseconds, 50, 'ESP32: 20,000 conversions a second at least');
  t.is(readBoard({ ...slow, chip: 'esp32s3' }).calibration[0]?.skewMicroseconds, 125);
});

test('what is wrong is told in one line that names the field, what was expected and what came', t => {
  const config = configOf('esp32-devkit.json');
  const phase = {
    voltage: { channel: 6, voltsPerVolt: 256 },
    current: { channel: 7, ratio: 2000, burdenOhms: 33 },
    noLoadWatts: 4,
  };
  const faults: readonly [Record<string, unknown> | undefined, string][] = [
    [
      undefined,
      'board: expected an object of name, chip, adc, phases, sensor, relay, led, button, tamper, powerFail, display, console, bench, got nothing',
    ],
    [{ relay: { type: 'monostable', pin: 'x' } }, 'board.relay.pin: expected a GPIO number, got "x"'],
    [{ relay: { type: 'monostable' } }, 'board.relay.pin: expected a GPIO number, got nothing'],
    [
      { relay: { type: 'solid state' } },
      'board.relay.type: expected "monostable" or "latching", got "solid state"',
    ],
    [
      { relay: { type: 'monostable', pin: 26, closePin: 3 } },
      'board.relay: expected only type, pin, activeLow, readBack, got "closePin"',
    ],
    [
      { relay: { type: 'latching', closePin: 4, openPin: 13, pulseMilliseconds: 5000 } },
      'board.relay.pulseMilliseconds: expected an integer of 10 to 500, got 5000',
    ],
    [{ led: { pin: 27, activelow: true } }, 'board.led: expected only pin, activeLow, got "activelow"'],
    [{ led: { pin: 27, activeLow: 'yes' } }, 'board.led.activeLow: expected true or false, got "yes"'],
    [{ led: { pin: 26 } }, 'board: expected one use for each pin, got GPIO 26 twice'],
    [{ chip: 'esp8266' }, 'board.chip: expected "esp32" or "esp32c3" or "esp32s3", got "esp8266"'],
    [{ name: '' }, 'board.name: expected a text, got ""'],
    [{ phases: [] }, 'board.phases: expected a list of 1 to 3 objects, got []'],
    [
      { phases: [{ ...phase, current: { ...phase.current, burdenOhms: 0 } }] },
      'board.phases[0].current.burdenOhms: expected a number of 0.1 to 10000, got 0',
    ],
    [
      { phases: [{ ...phase, voltage: { channel: 12, voltsPerVolt: 256 } }] },
      'board.phases[0].voltage.channel: expected a channel of ADC1, 0 to 9, got 12',
    ],
    [
      { adc: { samplesPerSecond: 4000, fullScaleVolts: '3.3' } },
      'board.adc.fullScaleVolts: expected a number of 0.5 to 5, got "3.3"',
    ],
    [
      { display: { type: 'ssd1306', sda: 21, scl: 22, address: 0x80 } },
      'board.display.address: expected an I2C address of 8 to 119, got 128',
    ],
  ];
  for (const [change, message] of faults)
    t.throws(() => readBoard(change && { ...config, ...change }), { message });
  t.throws(() => readBoard({ ...config, phases: [phase, phase] }), {
    message: /^board\.phases: expected different channels, not 6 twice, got /,
  });
});

const CHIP = 'esp32-devkit.json';
/** The example of a devkit with another sensor. */
function withChip(sensor: Record<string, unknown>, change: Record<string, unknown> = {}) {
  const { adc: _adc, phases: _phases, ...config } = configOf(CHIP);
  return readBoard({ ...config, sensor, ...change });
}

const PZEM004T = { type: 'pzem004t', port: 2, transmit: 18, receive: 19, addresses: [1, 2, 3] };
const CSE7766 = { type: 'cse7766', port: 1, receive: 19 };
const ADE7953 = {
  ...{ type: 'ade7953', sda: 21, scl: 22 },
  ...{ countsPerVolt: 26_000, countsPerAmp: 100_000, countsPerWattSecond: 6.588 },
};

test('a metering chip in place of the converter needs no calibration', t => {
  const pzem = withChip(PZEM004T);
  t.deepEqual(pzem.sensor, PZEM004T as unknown);
  t.deepEqual(pzem.calibration, []);
  t.deepEqual(withChip(CSE7766).sensor, CSE7766 as unknown);
  const { type, sda, scl, ...counts } = ADE7953;
  t.deepEqual(withChip(ADE7953).sensor, {
    type,
    sda,
    scl,
    calibration: { ...counts, phaseDegrees: 0 },
  } as unknown);
});

test('a metering chip’s pins are in use, and a display may be on the same bus', t => {
  t.true([18, 19].every(pin => boardPins(withChip(PZEM004T)).includes(pin)));
  t.true(boardPins(withChip(CSE7766)).includes(19));
  const display = { type: 'ssd1306', sda: 21, scl: 22, address: 60 };
  const shared = boardPins(withChip(ADE7953, { display }));
  t.deepEqual(
    shared.filter(pin => pin === 21 || pin === 22),
    [21, 22],
  );
  t.throws(() => withChip(ADE7953, { display: { ...display, scl: 23 } }), {
    message: 'board: expected one use for each pin, got GPIO 21 twice',
  });
});

test('what is wrong with a metering chip is told in one line, too', t => {
  const faults: readonly [Record<string, unknown>, string][] = [
    [{ type: 'hlw8012' }, 'board.sensor.type: expected "pzem004t" or "cse7766" or "ade7953", got "hlw8012"'],
    [{ ...CSE7766, transmit: 18 }, 'board.sensor: expected only type, port, receive, got "transmit"'],
    [{ ...CSE7766, port: 3 }, 'board.sensor.port: expected a UART, 0 to 2, got 3'],
    [{ ...CSE7766, port: 0 }, 'board: expected different UARTs for console and sensor, got 0 twice'],
    [{ ...CSE7766, receive: 26 }, 'board: expected one use for each pin, got GPIO 26 twice'],
    ...[[], [1, 1], [0], [1, 2, 3, 4], 'x'].map((addresses): [Record<string, unknown>, string] => [
      { ...PZEM004T, addresses },
      `board.sensor.addresses: expected a list of 1 to 3 different addresses of 1 to 247, got ${JSON.stringify(addresses)}`,
    ]),
    [
      { ...ADE7953, countsPerVolt: 0 },
      'board.sensor.countsPerVolt: expected a number of 100 to 1000000, got 0',
    ],
  ];
  for (const [sensor, message] of faults) t.throws(() => withChip(sensor), { message });
  t.throws(() => withChip({ ...CSE7766, port: 2 }, { chip: 'esp32c3' }), {
    message: 'board.sensor.port: expected a UART, 0 to 1, got 2',
  });
  t.throws(() => readBoard({ ...configOf(CHIP), sensor: CSE7766 }), {
    message: /^board\.sensor: expected either it or adc and phases, got /,
  });
});

test('a board is for the bench only where it says so', t => {
  const config = configOf('esp32-devkit.json');
  t.is(readBoard(config).bench, undefined);
  t.is(readBoard({ ...config, bench: true }).bench, true);
  t.throws(() => readBoard({ ...config, bench: 'yes' }), {
    message: 'board.bench: expected true or false, got "yes"',
  });
});
