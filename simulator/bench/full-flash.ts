import { entryDigester } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { encodeTelemetry } from '../../firmware/attest/telemetry';
import { milliwattHours } from '../../firmware/energy';
import type { Ledger } from '../../firmware/ledger/ledger';
import { MOST_BANDS } from '../../firmware/ledger/tariff-setting';
import { EntryLog } from '../../firmware/link/log';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { commission, DOMAIN, expectSuccess, LOAD, M3TER_ID } from './bench-meter';

const LEDGER_SIZE = 64 * 1024;

export interface UsedFlash {
  readonly ledger: EmulatedFlash;
  readonly log: EmulatedFlash;
}

/**
 * As after years of readings, each with its save of the ledger, up to the reading and the save that just fit. Their
 * signatures are no signatures: nobody looks at them when a meter boots.
 */
export function fullFlash(logSize: number): UsedFlash {
  const flash = blankFlash(logSize);
  const ledger = commissionAll(flash);
  const log = expectSuccess('log', EntryLog.open(flash.log, entryDigester(DOMAIN, M3TER_ID)));
  const signature = new Uint8Array(65).fill(27);
  fill(flash.log, () => {
    const sequence = log.head('reading').sequence + 1;
    const telemetry = encodeTelemetry(sequence, 0, LOAD);
    const content = { timestamp: 0, registers: ledger.registers, status: 0, telemetry };
    log.append('reading', sequence, readingCodec.encodeBody(content, signature));
    saveMore(ledger);
    ledger.update({ readings: log.head('reading') });
  });
  fillLedger(flash, ledger);
  return flash;
}

/** With a ledger as full as that, and a log that was never used. */
export function fullLedger(logSize: number): UsedFlash {
  const flash = blankFlash(logSize);
  fillLedger(flash, commissionAll(flash));
  return flash;
}

export function blankRegion(size: number): EmulatedFlash {
  return new EmulatedFlash({ size, prng: new Prng('boot') });
}

/** With a record of each kind, the largest that there may be. */
function commissionAll(flash: UsedFlash): Ledger {
  const ledger = commission(flash);
  const band = { fromMinute: 1020, toMinute: 1320, days: 127, factor: 1333 };
  const tariff = { version: 1, validFrom: 0, feedInFactor: 457, bands: new Array(MOST_BANDS).fill(band) };
  ledger.setTariffs([tariff, { ...tariff, version: 2 }]);
  ledger.remember({ switchings: 1 });
  ledger.keepProfile(new Uint8Array(256));
  return ledger;
}

function blankFlash(logSize: number): UsedFlash {
  return { ledger: blankRegion(LEDGER_SIZE), log: blankRegion(logSize) };
}

function fillLedger(flash: UsedFlash, ledger: Ledger): void {
  fill(flash.ledger, () => saveMore(ledger));
}

function saveMore(ledger: Ledger): void {
  ledger.consume(milliwattHours(1), milliwattHours(0), 0);
  ledger.save();
}

/** Adds until every sector was used, and then until the last is so full that the next addition begins another. */
function fill(region: EmulatedFlash, add: () => void): void {
  const erases = () => region.erases.reduce((sum, count) => sum + count, 0);
  const addUntilErase = () => {
    let count = 0;
    for (const before = erases(); erases() === before; count++) add();
    return count;
  };
  while (Math.min(...region.erases) < 1) add();
  addUntilErase();
  const perSector = addUntilErase();
  for (let count = 1; count < perSector; count++) add();
}
