import { Box, Text } from 'ink';
import { CirclePanel } from './circle-panel';
import { ElectricityPanel } from './electricity-panel';
import { abbreviate, formatClock, formatDate, formatNumber, oneLine } from './format';
import { HousePanel } from './house-panel';
import { LogPanel } from './log-panel';
import { Line } from './panel';
import { PrepaidPanel } from './prepaid-panel';
import { ReadingsPanel } from './readings-panel';
import type { SimulationState } from './state';
import { tone } from './tone';

export interface DashboardProps {
  readonly state: SimulationState;
  /** Of the terminal; made for 80 × 24 and more. */
  readonly columns: number;
  readonly rows: number;
}

const MAX_COLUMNS = 120;
/** What the circle takes where there is a chain. */
const CIRCLE_ROWS = 4;

/** The whole view. It stays one row short of the terminal: a full one makes Ink clear the screen each time. */
export function Dashboard({ state, columns, rows }: DashboardProps) {
  const width = Math.min(columns, MAX_COLUMNS);
  const left = Math.floor(width * 0.475);
  const readings = Math.floor(width * 0.625);
  const { chain } = state;
  const { chartHeight, lines } = heights(chain === undefined ? rows : rows - CIRCLE_ROWS);
  return (
    <Box flexDirection="column" width={width}>
      <Header state={state} />
      <Box>
        <ElectricityPanel state={state} width={left} />
        <PrepaidPanel state={state} width={width - left} />
      </Box>
      <HousePanel state={state} width={width} chartHeight={chartHeight} />
      {chain && <CirclePanel state={state} chain={chain} width={width} />}
      <Box>
        <ReadingsPanel state={state} width={readings} lines={lines} />
        <LogPanel state={state} width={width - readings} lines={lines} />
      </Box>
      <Line> {oneLine(state.message)}</Line>
      <Footer state={state} />
    </Box>
  );
}

/** How the rows that a terminal has beyond the fixed 16 are shared out between the chart and the lists. */
function heights(rows: number): { chartHeight: number; lines: number } {
  const free = Math.max(2, rows - 17);
  const chartHeight = Math.min(6, Math.max(1, Math.floor(free / 3)));
  return { chartHeight, lines: Math.min(20, free - chartHeight) };
}

function Header({ state }: { readonly state: SimulationState }) {
  const pace = state.paused ? '‖ paused' : `► ×${formatNumber(state.speed, 0)}`;
  const right = (
    <>
      {formatDate(state.time)} <Text bold>{formatClock(state.time)}</Text>{' '}
      <Text {...tone(state.paused ? 'warning' : 'good')}>{pace}</Text>{' '}
    </>
  );
  return (
    <Line right={right}>
      <Text bold {...tone('accent')}>
        {` M3ter ${abbreviate(`${state.m3terId}`, 6, 4)}`}
      </Text>
      <Text dimColor> {abbreviate(oneLine(state.address), 6, 4)}</Text>
    </Line>
  );
}

/** Short, to leave room for one more: lamps show how network and plug are. */
const WITH_CHAIN = [
  ['p', 'pay 1 xDAI'],
  ['b', 'buy 1 kWh'],
  ['e', 'ask'],
  ['n', 'net'],
  ['u', 'plug'],
] as const;

function withoutChain({ networkUp, plugged }: SimulationState) {
  return [
    ['b', 'buy 1 kWh'],
    ['e', 'ask'],
    ['n', networkUp ? 'cut network' : 'restore network'],
    ['u', plugged ? 'pull plug' : 'insert plug'],
  ] as const;
}

function Footer({ state }: { readonly state: SimulationState }) {
  const keys = [
    ...(state.chain === undefined ? withoutChain(state) : WITH_CHAIN),
    ['+/-', 'speed'],
    ['space', state.paused ? 'go on' : 'pause'],
    ['q', 'quit'],
  ] as const;
  return (
    <Line>
      {keys.map(([key, does]) => (
        <Text key={key}>
          <Text bold {...tone('accent')}>
            {` ${key}`}
          </Text>
          <Text dimColor>{key === 'q' ? ` ${does}` : ` ${does} `}</Text>
        </Text>
      ))}
    </Line>
  );
}
