import {
  type ApplianceKind,
  capacitive,
  inductive,
  type Phase,
  type Power,
  resistive,
  type Use,
} from './appliance';
import { DAY, MINUTE } from './time';

/** Constant power for as long as it is in use. */
function steady(power: Power): readonly Phase[] {
  return [{ seconds: [DAY, DAY], power }];
}

/** A heating element under a thermostat: on and off in turn, each for a number of seconds between the bounds. */
function thermostat(watts: number, on: Phase['seconds'], off: Phase['seconds']): readonly Phase[] {
  return [
    { seconds: on, power: resistive(watts) },
    { seconds: off, power: resistive(0) },
  ];
}

function use(hour: number, spreadMinutes: number, minutes: Use['minutes'], probability: number): Use {
  return { hour, spreadMinutes, minutes, probability };
}

const FRIDGE: ApplianceKind = {
  name: 'Fridge',
  uses: 'always',
  program: [
    { seconds: [25 * MINUTE, 45 * MINUTE], power: resistive(0) },
    // The compressor's start: locked-rotor current, mostly reactive.
    { seconds: [1, 1], power: inductive(550, 0.5) },
    { seconds: [12 * MINUTE, 20 * MINUTE], power: inductive(120, 0.75) },
  ],
};

const WASHING_MACHINE: ApplianceKind = {
  name: 'Washing machine',
  uses: [use(10.5, 60, [70, 70], 0.3)],
  program: [
    { seconds: [10 * MINUTE, 14 * MINUTE], power: resistive(1900) },
    { seconds: [40 * MINUTE, 45 * MINUTE], power: inductive(180, 0.55) },
    { seconds: [DAY, DAY], power: inductive(400, 0.7) },
  ],
};

const FREEZER: ApplianceKind = {
  name: 'Chest freezer',
  uses: 'always',
  program: [
    { seconds: [20 * MINUTE, 35 * MINUTE], power: resistive(0) },
    { seconds: [10 * MINUTE, 18 * MINUTE], power: inductive(140, 0.7) },
  ],
};

/** A family's day on a weak grid; some 7 kWh of it, most of which in the morning and the evening. */
export const APPLIANCES: readonly ApplianceKind[] = [
  FRIDGE,
  FREEZER,
  { name: 'Router and chargers', uses: 'always', program: steady(capacitive(8, 0.6)) },
  {
    name: 'Kettle',
    uses: [
      use(6.3, 15, [2.5, 3.5], 1),
      use(8, 30, [2.5, 3.5], 0.6),
      use(10.5, 30, [2.5, 3.5], 0.7),
      use(15.5, 40, [2.5, 3.5], 0.8),
      use(20, 30, [2.5, 3.5], 0.9),
    ],
    program: steady(resistive(2000)),
  },
  {
    name: 'Hot plate',
    uses: [use(6.7, 15, [10, 20], 0.6), use(12.8, 25, [20, 35], 0.6), use(18.5, 25, [35, 55], 1)],
    program: thermostat(1100, [60, 120], [20, 60]),
  },
  {
    name: 'Water heater',
    uses: [use(5.8, 10, [25, 35], 1), use(19.8, 20, [15, 25], 0.9)],
    program: steady(resistive(1200)),
  },
  {
    name: 'Water pump',
    uses: [use(7.5, 30, [12, 20], 0.9), use(17, 30, [12, 20], 0.6)],
    program: steady(inductive(750, 0.8)),
  },
  WASHING_MACHINE,
  {
    name: 'Iron',
    uses: [use(16.5, 60, [20, 40], 0.4)],
    program: thermostat(1000, [20, 45], [15, 45]),
  },
  {
    name: 'Kitchen light',
    uses: [use(5.6, 8, [60, 90], 1), use(18.3, 8, [120, 180], 1)],
    program: steady(capacitive(18, 0.6)),
  },
  { name: 'Living room lights', uses: [use(18.4, 8, [210, 280], 1)], program: steady(capacitive(36, 0.6)) },
  { name: 'Porch light', uses: [use(18.6, 5, [660, 700], 1)], program: steady(capacitive(7, 0.6)) },
  {
    name: 'Television',
    uses: [use(16, 40, [40, 80], 0.4), use(19, 20, [150, 210], 1)],
    program: steady(capacitive(90, 0.65)),
  },
  {
    name: 'Laptop',
    uses: [use(9, 40, [60, 180], 0.6), use(20, 30, [60, 120], 0.8)],
    program: steady(capacitive(55, 0.65)),
  },
  {
    name: 'Fans',
    uses: [use(11, 30, [300, 420], 1), use(19.5, 30, [180, 270], 1)],
    program: steady(inductive(130, 0.9)),
  },
];
