import test from 'ava';
import { Agenda } from '../../../firmware/attest/agenda';
import { detailNumber, EVENT_CODES } from '../../../firmware/attest/event';
import { VirtualClock } from '../../../hosts/mock/clock';

const TIME = 1_800_000_000;

function agendaOf(clock = new VirtualClock(TIME)) {
  let added = 0;
  const agenda = new Agenda(clock, () => {
    added++;
  });
  return { clock, agenda, added: () => added };
}

test('events wait in the order in which they happened, each with its own time', t => {
  const { clock, agenda } = agendaOf();
  agenda.note('boot', detailNumber(1));
  clock.advance(3000);
  agenda.note('sensorFault', detailNumber(2));
  t.deepEqual(agenda.nextEvent, { timestamp: TIME, code: EVENT_CODES.boot, detail: detailNumber(1) });
  agenda.dropEvent();
  t.deepEqual(agenda.nextEvent, {
    timestamp: TIME + 3,
    code: EVENT_CODES.sensorFault,
    detail: detailNumber(2),
  });
  agenda.dropEvent();
  t.is(agenda.nextEvent, undefined);
  t.true(agenda.isEmpty);
});

test('an event while the time is unknown has the timestamp 0', t => {
  const { agenda } = agendaOf(new VirtualClock());
  agenda.note('boot', detailNumber(1));
  t.is(agenda.nextEvent?.timestamp, 0);
});

test('of a burst the first sixteen events are kept, and only they are told', t => {
  const { agenda, added } = agendaOf();
  for (let k = 0; k < 20; k++) agenda.note('offline', detailNumber(k));
  t.is(added(), 16);
  const kept: unknown[] = [];
  for (; agenda.nextEvent !== undefined; agenda.dropEvent()) kept.push(agenda.nextEvent.detail);
  t.deepEqual(
    kept,
    Array.from({ length: 16 }, (_, k) => detailNumber(k)),
  );
});

test('a reading that is asked for is due until it is made, however often it was asked for', t => {
  const { agenda, added } = agendaOf();
  t.true(agenda.isEmpty);
  agenda.requestReading();
  agenda.requestReading();
  t.is(added(), 2);
  t.true(agenda.isReadingDue);
  t.false(agenda.isEmpty);
  agenda.isReadingDue = false;
  t.true(agenda.isEmpty);
});

test('of many like it only four wait, and leave room for what else happens', t => {
  const agenda = new Agenda(new VirtualClock(), () => {});
  for (let k = 0; k < 100; k++) agenda.noteOneOfMany('sectorRetired', detailNumber(k));
  agenda.note('logFault', detailNumber(0));
  const codes: number[] = [];
  for (let event = agenda.nextEvent; event !== undefined; event = agenda.nextEvent) {
    codes.push(event.code);
    agenda.dropEvent();
  }
  const { sectorRetired, logFault } = EVENT_CODES;
  t.deepEqual(codes, [sectorRetired, sectorRetired, sectorRetired, sectorRetired, logFault]);
  agenda.noteOneOfMany('sectorRetired', detailNumber(100));
  t.false(agenda.isEmpty);
});
