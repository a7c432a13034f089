import test from 'ava';
import { readStatus } from '../../firmware/attest/status';
import { TrustedClock } from '../../firmware/trusted-clock';
import { VirtualClock } from '../../hosts/mock/clock';
import { detailNumberOf, MeterRig, MINUTE, QUARTER } from '../support/meter-rig';

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const NOW = QUARTER;
const EARLIEST = 1_767_225_600;
const LATEST = 4_102_444_800;

function fresh(time?: number) {
  const host = new VirtualClock(time);
  return { host, clock: new TrustedClock(host) };
}

/** Lets so many s pass, with a look every minute, as the reading schedule has. */
function live({ host, clock }: ReturnType<typeof fresh>, seconds: number): number | undefined {
  for (let left = seconds; left > 0; left -= 60) {
    host.advance(Math.min(60, left) * 1000);
    clock.now();
  }
  return clock.now();
}

test('a time before the firmware was made, before what was stated, or too late to be true is unknown', t => {
  for (const [time, expected] of [
    [undefined, undefined],
    [0, undefined],
    [EARLIEST - 1, undefined],
    [EARLIEST, EARLIEST],
    [LATEST, undefined],
    [NOW, NOW],
  ] as const)
    t.is(fresh(time).clock.now(), expected, String(time));
  const { host, clock } = fresh(NOW);
  clock.passed(NOW);
  host.setUnixTime(NOW - 1);
  t.is(clock.now(), undefined);
  host.setUnixTime(NOW);
  t.is(clock.now(), NOW);
});

test('a time a day ahead is believed at once, one further ahead when it has stood for an hour', t => {
  const world = fresh(NOW);
  const { host, clock } = world;
  t.is(clock.now(), NOW);
  host.setUnixTime(NOW + DAY);
  t.is(clock.now(), NOW + DAY);
  const leapt = NOW + 3 * DAY;
  host.setUnixTime(leapt);
  const held = clock.now() as number;
  t.true(Math.abs(held - NOW) <= DAY, 'it goes on as it was');
  t.true((live(world, 59 * 60) as number) < leapt);
  t.is(live(world, 60), leapt + HOUR);
});

test('a leap that is taken back within the hour was never believed', t => {
  const world = fresh(NOW);
  const { host, clock } = world;
  clock.now();
  for (const years of [40, 1, 30]) {
    const before = host.now() as number;
    host.setUnixTime(before + years * YEAR);
    t.is(clock.now(), before);
    t.is(live(world, 50 * 60), before + 50 * 60, 'held by the monotonic clock');
    host.setUnixTime(before + 50 * 60);
    t.is(clock.now(), before + 50 * 60);
  }
});

test('a leap that changes by more than a minute begins its hour anew', t => {
  const world = fresh(NOW);
  world.clock.now();
  for (let k = 0; k < 10; k++) {
    world.host.setUnixTime(NOW + YEAR + k * DAY);
    t.true((live(world, 50 * 60) as number) < NOW + DAY);
  }
});

test('after a restart a time 400 days beyond the last reading is believed at once, one later after an hour', t => {
  for (const [absence, isBelieved] of [
    [400 * DAY, true],
    [400 * DAY + 1, false],
  ] as const) {
    const world = fresh(NOW + absence);
    world.clock.passed(NOW);
    t.is(world.clock.now(), isBelieved ? NOW + absence : undefined);
    t.is(live(world, HOUR), NOW + absence + HOUR);
  }
});

test('what was believed before the last reading was known is judged by it', t => {
  const world = fresh(NOW + 20 * YEAR);
  t.is(world.clock.now(), NOW + 20 * YEAR, 'a meter that has stated nothing believes at once');
  world.clock.passed(NOW);
  t.is(world.clock.now(), undefined);
  world.host.setUnixTime(NOW + 5);
  t.is(world.clock.now(), NOW + 5);
});

test('a clock that nobody asked in days has not leapt', t => {
  const { host, clock } = fresh(NOW);
  clock.now();
  host.advance(30 * DAY * 1000);
  t.is(clock.now(), NOW + 30 * DAY);
});

/** ms */
const READING = 15 * MINUTE;

async function meterThatKnowsTheTime(): Promise<MeterRig> {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.credit(1_000_000);
  await rig.pass(READING);
  return rig;
}

test('offline the meter holds the time, and its readings say so', async t => {
  const rig = await meterThatKnowsTheTime();
  rig.network.online = false;
  await rig.pass(2 * DAY * 1000);
  rig.network.online = true;
  await rig.pass(10 * MINUTE);
  const readings = rig.readings();
  t.true(readings.length > 190);
  for (const { timestamp, status } of readings.slice(-190)) {
    t.is(timestamp % 900, 0);
    t.false(readStatus(status).timeUnknown);
  }
});

test('readings never go back, say when they do not know the time, and a jump is an event', async t => {
  const rig = await meterThatKnowsTheTime();
  const before = rig.clock.now() as number;
  for (const time of [before + 5 * HOUR, before - HOUR, undefined, before + 6 * HOUR]) {
    rig.clock.setUnixTime(time);
    await rig.pass(READING + 2 * MINUTE);
  }
  const readings = rig.readings();
  const known = readings.filter(({ timestamp }) => timestamp > 0).map(({ timestamp }) => timestamp);
  t.deepEqual(
    known,
    known.toSorted((a, b) => a - b),
  );
  t.true(known.length < readings.length);
  for (const { timestamp, status } of readings) t.is(readStatus(status).timeUnknown, timestamp === 0);
  const jumps = rig.eventsOf('clockSet').map(detailNumberOf);
  t.is(jumps.length, 3, 'ahead, lost, and known again');
  t.true(Math.abs((jumps[0] as number) - before) <= 61);
  t.is(jumps[2], 0);
});

test('a time far ahead that stands for less than an hour is in no reading, and harms nobody', async t => {
  const rig = await meterThatKnowsTheTime();
  const before = rig.clock.now() as number;
  rig.clock.setUnixTime(before + 30 * YEAR);
  await rig.pass(3 * READING);
  rig.clock.setUnixTime(before + (3 * READING) / 1000);
  await rig.pass(READING);
  const last = rig.readings().at(-1);
  t.true((last?.timestamp ?? 0) > before && (last?.timestamp ?? 0) < before + 2 * HOUR);
  t.deepEqual(rig.eventsOf('clockSet'), []);
});

test('after a restart a time far beyond the last reading is no time, until it has stood for an hour', async t => {
  const rig = await meterThatKnowsTheTime();
  rig.cutPower();
  const late = (rig.clock.now() as number) + 2 * YEAR;
  rig.clock.setUnixTime(late);
  await rig.boot();
  await rig.pass(READING);
  t.is(rig.readings().at(-1)?.timestamp, 0);
  await rig.pass(5 * READING);
  t.true((rig.readings().at(-1)?.timestamp ?? 0) > late);
});
