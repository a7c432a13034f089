/** A defect to put into the tree: a text that stands there exactly once, and what to put in its place. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const JOURNAL = 'firmware/ledger/journal.ts';
const JOURNAL_FORMAT = 'firmware/ledger/journal-format.ts';
const JOURNAL_RECOVERY = 'firmware/ledger/journal-recovery.ts';
const COUNTERS_RECORD = 'firmware/ledger/counters-record.ts';
const LEDGER = 'firmware/ledger/ledger.ts';
const LOG = 'firmware/link/log.ts';
const LOG_FORMAT = 'firmware/link/log-format.ts';
const ATTESTOR = 'firmware/attest/attestor.ts';
const CORRESPONDENCE = 'firmware/correspondence.ts';
const NEWS = 'firmware/directives/news.ts';

/** Each is a way to lose or double what a household paid for; each must turn something red. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the CRC of a record is not checked',
    file: JOURNAL_FORMAT,
    find: 'return good ? {',
    replace: 'return true ? {',
  },
  {
    name: 'the CRC of a sector header is not checked',
    file: JOURNAL_FORMAT,
    find: ' || readUint(bytes, 12, 4) !== crc32(bytes.subarray(0, 12))',
    replace: '',
  },
  {
    name: 'credited and withdrawn are committed apart',
    file: LEDGER,
    find: 'Object.assign(counters, after);',
    replace: 'counters.credited = after.credited; this.save(); counters.withdrawn = after.withdrawn;',
  },
  {
    name: 'a credit is answered before it is on flash',
    file: LEDGER,
    find: 'if (this.save()) return success(change);',
    replace: 'if (change !== undefined) return success(change);',
  },
  {
    name: 'a credit adds to the register in place of raising it',
    file: LEDGER,
    find: "credited: Math.max(0, checked('credited', credited) - before.credited)",
    replace: "credited: checked('credited', credited)",
  },
  {
    name: 'the sector with the state is erased before its copy is written',
    file: JOURNAL,
    find: 'for (let step = 1; step <= last; step++) {',
    replace:
      'if (this.#sector >= 0) this.#region.erase(this.#sector);\n    for (let step = 1; step <= last; step++) {',
  },
  {
    name: 'the sequence of sectors in the ledger does not advance',
    file: JOURNAL,
    find: 'encodeSector(++this.#sequence, snapshots, sectorSize)',
    replace: 'encodeSector(this.#sequence || ++this.#sequence, snapshots, sectorSize)',
  },
  {
    name: 'what opening decided on is not made firm',
    file: JOURNAL,
    find: 'if (record !== undefined) this.#makeFirm(sector, record.offset, record.bytes);',
    replace: 'if (record === undefined) return;',
  },
  {
    name: 'what was written is not read back',
    file: 'firmware/ledger/program.ts',
    find: ' && equal(region.read(offset, bytes.length), bytes)',
    replace: '',
  },
  {
    name: 'twice the energy is at risk',
    file: LEDGER,
    find: 'const ENERGY_AT_RISK = wattHours(10 ',
    replace: 'const ENERGY_AT_RISK = wattHours(20 ',
  },
  {
    name: 'twice the time is at risk',
    file: LEDGER,
    find: 'const TIME_AT_RISK = 10_000_000 ',
    replace: 'const TIME_AT_RISK = 20_000_000 ',
  },
  {
    name: 'the interval between saves does not begin small after a start',
    file: LEDGER,
    find: 'const FIRST_SHARE = 0.1;',
    replace: 'const FIRST_SHARE = 1;',
  },
  {
    name: 'what is left of a mWh is not on flash',
    file: COUNTERS_RECORD,
    find: 'writer.varint(counters.debitRemainder, MOST_REMAINDER);',
    replace: 'writer.varint(0, MOST_REMAINDER);',
  },
  {
    name: 'what is left of a mWh is not carried',
    file: LEDGER,
    find: 'counters.debitRemainder = after;',
    replace: '',
  },
  {
    name: 'the version of a tariff and its bands are committed apart',
    file: LEDGER,
    find: "const saved = this.#note(this.#journal.save('tariffs', encodeTariffs(tariffs)));",
    replace: `const versions = tariffs.map(tariff => ({ ...tariff, bands: [] }));
    this.#journal.save('tariffs', encodeTariffs(versions));
    const saved = this.#note(this.#journal.save('tariffs', encodeTariffs(tariffs)));`,
  },
  {
    name: 'a fresh sector holds the optional kinds behind settings and counters',
    file: JOURNAL_FORMAT,
    find: '= {\n  tariffs: 0x54,\n  memory: 0x4d,\n  profile: 0x50,\n  payload: 0x4e,\n  settings: 0x53,\n  counters: 0x43,\n}',
    replace:
      '= { settings: 0x53, counters: 0x43, tariffs: 0x54, memory: 0x4d, profile: 0x50, payload: 0x4e }',
  },
  {
    name: 'a sector is taken for whole though the kinds it begins with are torn',
    file: JOURNAL_RECOVERY,
    find: 'if (record === undefined) return false;\n    if (bytes[offset]',
    replace: 'if (record === undefined) return true;\n    if (bytes[offset]',
  },
  {
    name: 'an older tariff is obeyed',
    file: NEWS,
    find: 'message.version > (tariffs[tariffs.length - 1]?.version ?? 0)',
    replace: 'true',
  },
  {
    name: 'an older order is obeyed',
    file: NEWS,
    find: 'message.version > settings.order.version',
    replace: 'true',
  },
  {
    name: 'a reading is made before the registers are saved',
    file: CORRESPONDENCE,
    find: 'if (!this.#ledger.save()) return false;',
    replace: '',
  },
  {
    name: 'a lost log begins again at 1',
    file: CORRESPONDENCE,
    find: "this.#log.continueFrom('reading', readings);",
    replace: '',
  },
  {
    name: 'the ledger notes an entry before the log has it',
    file: ATTESTOR,
    find: 'const isKept = this.#log.append(kind, place.sequence, entry.body);',
    replace: `const early = { sequence: place.sequence, digest: entry.digest };
    this.#ledger.update(kind === 'reading' ? { readings: early } : { events: early });
    const isKept = this.#log.append(kind, place.sequence, entry.body);`,
  },
  {
    name: 'the CRC of an entry in the log is not checked',
    file: LOG_FORMAT,
    find: 'if (kind === undefined || crc !== crc32(bytes.subarray(0, -CRC_LENGTH), sectorSequence)) return undefined;',
    replace: 'if (kind === undefined || crc === undefined) return undefined;',
  },
  {
    name: 'the log goes on behind a torn entry',
    file: LOG,
    find: 'open && sound && firm',
    replace: 'open && firm',
  },
  {
    name: 'a full sector of the log is not closed before the oldest is erased',
    file: LOG,
    find: '* sectorSize - SLOT, new Uint8Array(SLOT)',
    replace: '* sectorSize - SLOT, new Uint8Array(0)',
  },
  {
    name: 'what is written to a file is not synced',
    file: 'hosts/node/flash.ts',
    find: 'fdatasyncSync(this.#file);',
    replace: '{}',
  },
];
