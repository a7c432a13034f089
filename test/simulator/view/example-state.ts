import { kilowattHours, milliwattHours } from '../../../firmware/energy';
import type { SimulationState } from '../../../simulator/view/state';

const EVENING = Date.UTC(2026, 2, 24, 18, 42, 7) / 1000;

/** A plausible evening, shortly before the balance runs out. */
export const EXAMPLE: SimulationState = {
  time: EVENING,
  speed: 600,
  paused: false,
  m3terId: 42n,
  address: '0x2b3997D82C836bd33C89e20fBaEF96CA99F1B24A',
  line: { voltage: 224.6, current: 6.037, activePower: 1328, powerFactor: 0.979, frequency: 50.02 },
  balance: kilowattHours(0.382),
  lowBalance: true,
  forecast: {
    hoursLeft: 1.4,
    early: 0.6,
    late: 26.3,
    dayUse: kilowattHours(5.432),
    dayUseError: kilowattHours(0.817),
  },
  closed: true,
  reason: 'balance',
  networkUp: true,
  plugged: true,
  appliances: [
    { name: 'Hot plate', power: 1100 },
    { name: 'Fridge', power: 120 },
    { name: 'Television', power: 90 },
    { name: 'Kitchen light', power: 18 },
  ],
  solarPower: 12.4,
  powerHistory: Array.from({ length: 90 }, (_, k) => (k % 17 === 0 ? 1900 : 260 * Math.sin(k / 9))),
  powerHistoryStep: 60,
  readings: Array.from({ length: 8 }, (_, k) => ({
    sequence: 67 + k,
    time: EVENING - (8 - k) * 900,
    imported: milliwattHours(3_000_000 + 71_234 * k),
    verified: k === 7 ? ('pending' as const) : ('verified' as const),
    acknowledged: k < 6,
  })),
  metered: milliwattHours(3_618_402),
  trueEnergy: 3_618_911.4,
  purchases: [{ time: EVENING - 40_000, energy: kilowattHours(2) }],
  events: [
    { time: EVENING - 41_000, text: 'supply off: balance' },
    { time: EVENING - 39_990, text: 'supply on' },
  ],
  chain: undefined,
  message: 'reading 74 published',
};

/** The same where people pay on a chain. */
export const CHAIN_EXAMPLE: SimulationState = {
  ...EXAMPLE,
  chain: {
    chainId: 31337,
    price: 0.25,
    money: 98.5,
    payment: { time: EVENING - 40_000, amount: 1 },
    block: { time: EVENING - 40_000, number: 213 },
    credit: { time: EVENING - 39_999, energy: kilowattHours(4) },
    reading: { time: EVENING - 900, sequence: 74 },
    acknowledged: { time: EVENING - 1800, sequence: 72 },
    proved: { time: EVENING - 8900, sequence: 64 },
    reward: { time: EVENING - 8900, amount: 3.1234 },
  },
};
