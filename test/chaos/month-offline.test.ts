import test from 'ava';
import { IN_FLIGHT_LIMIT } from '../../firmware/link/connection';
import { CALM } from '../../scripts/chaos/weather';
import { DAY, World } from '../../scripts/chaos/world';

const SECOND = 1000;
const MINUTE = 60_000;
/** mWh: for a month, however much is drawn */
const PLENTY = 2_000_000_000;
/** ms that a packet takes each way, at most */
const LATENCY = 100;
/** Readings that may go out in a second: as many as may be under way, for each way there and back, which takes `LATENCY` at least */
const MOST_A_SECOND = (IN_FLIGHT_LIMIT * SECOND) / LATENCY + IN_FLIGHT_LIMIT;

test('after a month offline every reading comes, in order and paced, through a power cut, and is free once acknowledged', async t => {
  const world = await World.open('month', 1);
  t.teardown(() => world.close());
  const [customer] = world.customers;
  if (customer === undefined) throw new Error('expected a meter');
  const { meter, instructions } = customer;
  const { network, witness } = meter;
  const account = customer.operator.account(meter.m3terId);
  instructions.sell(PLENTY);
  await world.runUntil(MINUTE);
  network.weather = { ...CALM, latency: LATENCY };
  network.isUp = false;
  await world.runUntil(30 * DAY);
  t.true(account.readings.length < 3);
  const made = meter.meter.lastReading;
  t.true(made >= 30 * 96 - 1, `${made} readings`);

  network.isUp = true;
  const live = async (isDone: () => boolean) => {
    for (let seconds = 0; seconds < 600 && !isDone(); seconds++) {
      const sent = witness.readingsSent;
      await world.runUntil(world.time + SECOND);
      t.true(witness.readingsSent - sent <= MOST_A_SECOND, `${witness.readingsSent - sent} in a second`);
    }
  };
  await live(() => account.acknowledged > made / 3);
  t.true(account.acknowledged > made / 3 && account.acknowledged < made / 2, 'in the midst of it');
  const sentBefore = witness.readingsSent;
  meter.cutPower();
  await world.runUntil(world.time + MINUTE);
  meter.switchOn();
  await live(() => meter.meter.acknowledged >= made);

  const sequences = account.readings.map(({ reading }) => reading.sequence);
  t.deepEqual(
    sequences,
    sequences.map((_, index) => index + 1),
  );
  t.deepEqual(
    account.readings.flatMap(({ problems }) => problems),
    [],
  );
  t.is(account.acknowledged, meter.meter.lastReading);
  t.is(meter.meter.acknowledged, meter.meter.lastReading);
  t.is(witness.mostInFlight, IN_FLIGHT_LIMIT);
  // Acknowledgements are on flash with the next save only.
  t.true(
    witness.readingsSent <= sequences.length + sentBefore,
    'what went out before the cut went out once more',
  );

  const { readingsSent } = witness;
  network.isUp = false;
  network.isUp = true;
  await world.runUntil(world.time + 5 * MINUTE);
  t.is(witness.readingsSent, readingsSent, 'what is acknowledged is not sent again');
  t.deepEqual(world.breaches, []);
});
