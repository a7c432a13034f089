import test from 'ava';
import { detailDigests, detailNumber, detailText, NO_DETAIL } from '../../../firmware/attest/event';
import { eventDetail, eventName } from '../../../simulator/page/event-detail';

test('a detail reads as the text, the energy, the number or the digests that it is', t => {
  t.is(eventDetail('supplyOpened', detailText('exhausted')), 'exhausted');
  t.is(eventDetail('voltageEvent', detailText('x'.repeat(32))), 'x'.repeat(32));
  t.is(eventDetail('creditApplied', detailNumber(2_500_000)), '2.500 kWh');
  t.is(eventDetail('lowBalance', NO_DETAIL), '0.000 kWh');
  t.is(eventDetail('policyChanged', detailNumber(7)), '7');
  t.is(eventDetail('boot', NO_DETAIL), '');
  const digests = detailDigests(new Uint8Array(16).fill(0xab), new Uint8Array(16).fill(0x01));
  t.is(eventDetail('calibrationChanged', digests), 'abababab… → 01010101…');
});

test('whatever bytes a detail has, it is some text', t => {
  t.is(typeof eventDetail('supplyOpened', new Uint8Array(32).fill(0xff)), 'string');
  t.is(eventDetail('event 99', detailNumber(2n ** 247n)), String(2n ** 247n));
});

test('an event of a later firmware has a name', t => {
  t.is(eventName(4), 'supplyOpened');
  t.is(eventName(9999), 'event 9999');
});
