import { Attestor } from '../../../../firmware/attest/attestor';
import { signingKey } from '../../../../firmware/attest/device-key';
import { entryDigester, entryEnvelope, signEntry } from '../../../../firmware/attest/entry';
import type { ChainPlace } from '../../../../firmware/attest/entry-codec';
import { readingCodec } from '../../../../firmware/attest/reading';
import { SigningDomain } from '../../../../firmware/attest/signing-domain';
import { encodeTelemetry } from '../../../../firmware/attest/telemetry';
import { fromHex } from '../../../../firmware/bytes';
import { DirectiveDesk } from '../../../../firmware/directives/desk';
import { milliwattHours, wattHours } from '../../../../firmware/energy';
import type { Measurement } from '../../../../firmware/host';
import { Ledger } from '../../../../firmware/ledger/ledger';
import type { LinkSetting } from '../../../../firmware/ledger/state';
import { EntryLog } from '../../../../firmware/link/log';
import { measure } from '../../../../firmware/metrology/measure';
import { VirtualClock } from '../../../mock/clock';
import { sampledWindow } from '../../../native/sampler/native-window';
import { counted, expect, expectSuccess, load, type Setup } from './setup';

const NONE = milliwattHours(0);
const TIMESTAMP = 1_780_272_000;

/** The counters put on flash. */
export function save(setup: Setup): void {
  const { ledger } = open(setup);
  for (let k = 0; k < setup.plan.runs; k++) {
    ledger.consume(wattHours(1), NONE, 0);
    expect(
      'save',
      counted('save', () => ledger.save()),
    );
  }
}

/** From the registers to the envelope for the broker: made, hashed, signed, encoded. */
export function reading(setup: Setup): void {
  const { ledger, domain, link } = open(setup);
  const key = expectSuccess('key', signingKey(setup.crypto, setup.secret));
  const measurement = measurementOf(setup);
  let place: ChainPlace = { m3terId: link.m3terId, sequence: 1, previous: new Uint8Array(32) };
  for (let k = 0; k < setup.plan.runs; k++) {
    const envelope = counted('reading', () => {
      const telemetry = encodeTelemetry(place.sequence, TIMESTAMP, measurement);
      const content = { timestamp: TIMESTAMP, registers: ledger.registers, status: 1, telemetry };
      const { body, digest } = signEntry(readingCodec, domain, key, place, content);
      const made = entryEnvelope(readingCodec, setup.crypto, place, body);
      place = { ...place, sequence: place.sequence + 1, previous: digest };
      return made;
    });
    expect('reading', envelope !== undefined);
  }
}

/** The same by way of ledger and log, where it is kept before it is sent. */
export function keptReading(setup: Setup): void {
  const { ledger, domain, link } = open(setup);
  const log = expectSuccess('log', EntryLog.open(setup.flash.log, entryDigester(domain, link.m3terId)));
  const key = expectSuccess('key', signingKey(setup.crypto, setup.secret));
  const attestor = new Attestor(domain, key, link.m3terId, log, ledger);
  const measurement = measurementOf(setup);
  const entries = log.entries('reading', 1);
  for (let k = 1; k <= setup.plan.runs; k++) {
    const envelope = counted('keptReading', () => {
      ledger.save();
      const telemetry = encodeTelemetry(k, TIMESTAMP, measurement);
      attestor.reading({ timestamp: TIMESTAMP, registers: ledger.registers, status: 1, telemetry });
      const { value } = entries.next();
      return (
        value && entryEnvelope(readingCodec, setup.crypto, { m3terId: link.m3terId, ...value }, value.body)
      );
    });
    expect('reading', envelope !== undefined);
  }
}

/** From an envelope as it came to a credit that is durable. */
export function credit(setup: Setup): void {
  const { clock, ledger, domain, link } = open(setup);
  let applied = 0;
  const desk = new DirectiveDesk(clock, domain, ledger, link, {
    onApplied: () => {
      applied++;
    },
    onEvent: () => {},
    lastReading: () => 0,
  });
  for (const text of setup.plan.credits) {
    const bytes = fromHex(text) as Uint8Array;
    counted('credit', () => desk.receive('credit', bytes));
  }
  expect('credits', applied === setup.plan.credits.length);
}

function measurementOf({ plan }: Setup): Measurement {
  const { window } = sampledWindow(Float64Array.from(plan.windows[0] ?? []), 1);
  return measure(window, plan.calibration);
}

function open(setup: Setup) {
  load(setup, 'begun');
  const clock = new VirtualClock();
  const ledger = expectSuccess('ledger', Ledger.open(setup.flash.ledger));
  const link = ledger.settings.link as LinkSetting;
  return { clock, ledger, link, domain: new SigningDomain(setup.crypto, link) };
}
