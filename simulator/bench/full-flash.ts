import { entryDigester } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { encodeTelemetry } from '../../firmware/attest/telemetry';
import type { Ledger } from '../../firmware/ledger/ledger';
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
  const ledger = commission(flash);
  const log = expectSuccess('log', EntryLog.open(flash.log, entryDigester(DOMAIN, M3TER_ID)));
  const signature = new Uint8Array(65).fill(27);
  fill(flash.log, () => {
    const sequence = log.head('reading').sequence + 1;
    const telemetry = encodeTelemetry(sequence, 0, LOAD);
    const content = { timestamp: 0, registers: ledger.registers, status: 0, telemetry };
    log.append('reading', sequence, readingCodec.encodeBody(content, signature));
    ledger.save();
    ledger.update({ readings: log.head('reading') });
  });
  fillLedger(flash, ledger);
  return flash;
}

/** With a ledger as full as that, and a log that was never used. */
export function fullLedger(logSize: number): UsedFlash {
  const flash = blankFlash(logSize);
  fillLedger(flash, commission(flash));
  return flash;
}

export function blankRegion(size: number): EmulatedFlash {
  return new EmulatedFlash({ size, prng: new Prng('boot') });
}

function blankFlash(logSize: number): UsedFlash {
  return { ledger: blankRegion(LEDGER_SIZE), log: blankRegion(logSize) };
}

function fillLedger(flash: UsedFlash, ledger: Ledger): void {
  fill(flash.ledger, () => ledger.save());
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
