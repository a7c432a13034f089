import test from 'ava';
import { EVENT_CODES } from '../../firmware/attest/event';
import { isSupplying } from '../../firmware/supply/judge';
import { SUPPLY_REASONS, type SupplyReason } from '../../firmware/supply/supply-reason';
import { codesIn, readDocument, tableOf, unionOf } from './document';

const DOCUMENT = readDocument('troubleshooting.md');

function firstCells(heading: string): string[] {
  return tableOf(DOCUMENT, heading).flatMap(([cell = '']) => codesIn(cell));
}

test('each reason for darkness has its row, with its number', t => {
  const dark = Object.entries(SUPPLY_REASONS).filter(([reason]) => !isSupplying(reason as SupplyReason));
  t.deepEqual(
    tableOf(DOCUMENT, 'It is dark').map(([number, reason = '']) => [codesIn(reason)[0], Number(number)]),
    dark,
  );
});

test('each way to lose the broker has its row', t => {
  const faults = [
    ...unionOf('link/session.ts', 'SessionFault'),
    ...unionOf('link/connection-fault.ts', 'ConnectionFault'),
    ...unionOf('host.ts', 'NetworkFault'),
  ];
  t.deepEqual(firstCells('It is offline').toSorted(), [...faults, 'no-network'].toSorted());
});

test('each fault of a meter has its row', t => {
  const faults = [
    ...unionOf('ledger/journal.ts', 'JournalFault'),
    ...unionOf('attest/device-key.ts', 'KeyFault'),
    ...unionOf('correspondence.ts', 'CorrespondenceFault'),
    ...unionOf('meter-fault.ts', 'MeterFault'),
  ];
  t.deepEqual(firstCells('It says fault').toSorted(), [...new Set(faults)].toSorted());
});

test('each fault of the sensor, the wires and an update, and each event, is spoken of', t => {
  const words = [
    ...unionOf('host.ts', 'SensorFault'),
    ...unionOf('metrology/wiring.ts', 'WiringFault'),
    ...unionOf('update/reception.ts', 'UpdateFault'),
    ...unionOf('update/http-download.ts', 'DownloadFault'),
    ...Object.keys(EVENT_CODES),
  ];
  const spoken = new Set(
    codesIn(DOCUMENT.replace(/^```[\s\S]*?^```$/gm, '')).flatMap(code => [code, ...code.split(' ')]),
  );
  for (const word of words) t.true(spoken.has(word), word);
});
