import test, { type ExecutionContext } from 'ava';
import { wattHours } from '../../firmware/energy';
import { linkOffer, MeterRig, MINUTE, OPERATOR, OWNER, STRANGER } from '../support/meter-rig';

/** What happens to a meter, and what must hold of it after a power cut in the middle and the boot that follows. */
interface Scenario {
  prepare(rig: MeterRig): Promise<void>;
  act(rig: MeterRig): Promise<void>;
  /** @param registers of the dead run, when it died; undefined when it never had any */
  check(t: ExecutionContext, rig: MeterRig, registers: MeterRig['meter']['registers']): void;
}

const CREDIT = wattHours(1000);

/** Runs it once for every write and erase of flash that `act` makes, cut there, and for some again cut in the boot. */
async function atEveryCut(t: ExecutionContext, { prepare, act, check }: Scenario): Promise<void> {
  let cuts = 0;
  for (let cut = 1, wasCut = true; wasCut; cut++) {
    for (const second of [undefined, 1, 2, 3, 5]) {
      const rig = new MeterRig({ seed: `cut ${cut}, second cut ${second}` });
      try {
        await prepare(rig);
        rig.flash.power.cutAt(cut);
        await act(rig);
        wasCut = !rig.isOn;
        if (wasCut) cuts++;
        const registers = rig.meter.registers && { ...rig.meter.registers };
        rig.cutPower();
        if (second !== undefined) await rig.boot(second);
        rig.cutPower();
        await rig.boot();
        assertSound(rig);
        check(t, rig, registers);
        await goOn(rig);
      } catch (error) {
        throw new Error(`cut ${cut}, second cut ${second}: ${error}`, { cause: error });
      }
    }
  }
  t.true(cuts > 5, 'next to nothing was cut');
  t.log(`${cuts} cuts`);
}

/** What holds after every boot, whatever came before. */
function assertSound(rig: MeterRig): void {
  const { fault, registers, balance, supply, lastReading, acknowledged, m3terId } = rig.meter;
  const last = rig.readings().at(-1);
  rig.events();
  const expected = m3terId !== undefined && (balance ?? 0) > 0;
  const promises = {
    'no fault': fault === undefined,
    'no register below the last published reading': (
      ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const
    ).every(name => (registers?.[name] ?? -1) >= (last?.[name] ?? 0)),
    'no published reading unknown': Number(last?.sequence ?? 0) <= lastReading,
    'nothing acknowledged that was not made': acknowledged <= lastReading,
    'the relay as the balance has it': supply.closed === expected && rig.relay.isClosed() === expected,
  };
  for (const [promise, holds] of Object.entries(promises)) if (!holds) throw new Error(`expected ${promise}`);
}

/** The meter works on: what it makes follows from what it made. */
async function goOn(rig: MeterRig): Promise<void> {
  if (rig.meter.m3terId === undefined) rig.meter.link(linkOffer());
  await rig.credit(2 * CREDIT);
  rig.draw(3600, 1000);
  await rig.pass(15 * MINUTE);
  rig.cutPower();
  await rig.boot();
  assertSound(rig);
  if (rig.readings().length !== rig.meter.lastReading)
    throw new Error('expected every reading to be published');
  if (rig.meter.registers?.credited !== 2 * CREDIT) throw new Error('expected the credit once');
}

test('a link is there or not after a cut anywhere, and can then be made', t =>
  atEveryCut(t, {
    prepare: rig => rig.boot(),
    async act(rig) {
      rig.powered(() => rig.meter.link(linkOffer()));
      await rig.settle();
    },
    check(t, rig) {
      if (rig.readings().length > 0) t.is(rig.meter.m3terId, 7n);
    },
  }));

test('a first credit that closed the relay is never lost, and one that comes again never doubled', t =>
  atEveryCut(t, {
    prepare: rig => rig.bootLinked(),
    act: rig => rig.credit(CREDIT),
    check(t, rig) {
      t.is(rig.meter.registers?.credited, CREDIT);
      t.true(rig.relay.isClosed());
    },
  }));

test('a credit acted upon is kept by the meter itself, without the broker', t =>
  atEveryCut(t, {
    prepare: rig => rig.bootLinked(),
    async act(rig) {
      await rig.credit(CREDIT);
      rig.network.online = false;
    },
    check(t, rig) {
      if (rig.switched.includes(true)) t.is(rig.meter.registers?.credited, CREDIT);
      rig.network.online = true;
    },
  }));

test('of what is consumed up to the cut-off at most 10 Wh or 10 s is lost', t =>
  atEveryCut(t, {
    async prepare(rig) {
      await rig.bootLinked();
      await rig.credit(wattHours(25));
    },
    async act(rig) {
      for (let second = 0; second < 27; second++) {
        rig.draw(3600, 1000);
        await rig.pass(1000);
      }
    },
    check(t, rig, registers) {
      const lost = (registers?.imported ?? 0) - (rig.meter.registers?.imported ?? 0);
      t.true(lost >= 0 && lost <= wattHours(11), `lost ${lost} mWh`);
    },
  }));

test('a reading is made or not, and the chain has no fork', t =>
  atEveryCut(t, {
    async prepare(rig) {
      await rig.bootLinked();
      await rig.credit(CREDIT);
      rig.draw(3600, 5000);
    },
    act: rig => rig.pass(31 * MINUTE),
    check(t, rig) {
      t.is(rig.readings().length, rig.meter.lastReading);
    },
  }));

test('a reading that nobody could hear of is made or not, and the chain has no fork', t =>
  atEveryCut(t, {
    async prepare(rig) {
      await rig.bootLinked();
      await rig.credit(CREDIT);
      rig.network.online = false;
      rig.draw(3600, 5000);
    },
    act: rig => rig.pass(16 * MINUTE),
    check(t, rig) {
      t.true(rig.meter.lastReading >= rig.readings().length);
      rig.network.online = true;
    },
  }));

test('what is acknowledged is so or not, and no reading is lost by it', t =>
  atEveryCut(t, {
    async prepare(rig) {
      await rig.bootLinked();
      await rig.credit(CREDIT);
      await rig.pass(16 * MINUTE);
    },
    async act(rig) {
      await rig.instruct('acknowledged', { sequence: 3 });
      await rig.pass(15 * MINUTE);
    },
    check(t, rig) {
      t.is(rig.meter.acknowledged, 3);
    },
  }));

test('roles and orders are those of before or after, as a whole', t =>
  atEveryCut(t, {
    async prepare(rig) {
      await rig.bootLinked();
      await rig.credit(CREDIT);
    },
    async act(rig) {
      await rig.instruct('supply', { version: 1, state: 1, powerLimit: 5000, until: 0 });
      await rig.instruct('roles', { version: 2, owner: OWNER.address, operator: OPERATOR.address }, OWNER);
      await rig.instruct('supply', { version: 2, state: 1, powerLimit: 0, until: 0 }, STRANGER);
    },
    check(t, rig) {
      t.is(rig.meter.registers?.credited, CREDIT);
    },
  }));

test('where a cut comes between log and ledger, and the log is lost after that, no number stands for two things', async t => {
  let cuts = 0;
  for (let cut = 1, wasCut = true; wasCut; cut++) {
    for (let second = 1; second <= 12; second++) {
      const rig = new MeterRig({ seed: `cut ${cut}, second cut ${second}, log lost` });
      await rig.bootLinked();
      rig.network.online = false;
      rig.flash.power.cutAt(cut);
      await rig.pass(16 * MINUTE);
      wasCut = !rig.isOn;
      if (wasCut) cuts++;
      rig.cutPower();
      rig.network.online = true;
      await rig.boot(second);
      rig.cutPower();
      rig.flash.power.reboot();
      const { log } = rig.flash;
      for (let sector = 0; sector < log.size / log.sectorSize; sector++) log.erase(sector);
      await rig.boot();
      rig.draw(100);
      await rig.pass(16 * MINUTE);
      t.notThrows(() => rig.readings({ gaps: true }), `cut ${cut}, second cut ${second}`);
      t.notThrows(() => rig.events(), `cut ${cut}, second cut ${second}`);
    }
  }
  t.true(cuts > 20);
});
