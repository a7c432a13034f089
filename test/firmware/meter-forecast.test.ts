import { decodeTelemetry } from '../../firmware/attest/telemetry';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { Ledger } from '../../firmware/ledger/ledger';
import { ConsumptionProfile, HOURS_A_WEEK } from '../../firmware/metrology/consumption-profile';
import type { EmulatedMeterFlash } from '../../hosts/mock/flash';
import { type MeterRig, MINUTE, QUARTER } from '../support/meter-rig';
import { meterTest } from '../support/meter-test';

const HOUR = 60 * MINUTE;

function ledgerOf(flash: EmulatedMeterFlash): Ledger {
  const ledger = Ledger.open(flash.ledger);
  if (!ledger.ok) throw new Error(ledger.fault);
  return ledger.value;
}

/** That each hour takes 128 Wh */
function steadyProfile(): Uint8Array {
  const profile = new ConsumptionProfile(new Uint8Array());
  for (let hour = 0; hour < 4 * HOURS_A_WEEK; hour++) profile.learn(hour % HOURS_A_WEEK, wattHours(128));
  return profile.bytes;
}

/** What the last message of the stream says of the future. */
function toldBy(rig: MeterRig) {
  const telemetry = decodeTelemetry(rig.payloads('telemetry').at(-1) ?? new Uint8Array());
  if (!telemetry.ok) throw new Error(telemetry.fault);
  return telemetry.value.forecast;
}

meterTest('a meter that has learned nothing tells no forecast', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  await rig.pass(2 * MINUTE);
  t.is(rig.meter.forecast, undefined);
  t.is(toldBy(rig), undefined);
});

meterTest(
  'what was learned survives a power cut, and telemetry tells each minute how long the balance lasts',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(wattHours(1280));
    rig.cutPower();
    rig.flash.power.reboot();
    ledgerOf(rig.flash).keepProfile(steadyProfile());
    await rig.boot();
    await rig.pass(2 * MINUTE);
    t.is(rig.meter.forecast?.hoursLeft, 10);
    t.is(rig.meter.forecast?.dayUse, wattHours(24 * 128));
    t.deepEqual(toldBy(rig), rig.meter.forecast);
    rig.draw(1280, 1_800_000);
    t.is(rig.meter.forecast?.hoursLeft, 5);
    await rig.pass(MINUTE);
    t.deepEqual(toldBy(rig), rig.meter.forecast);
  },
);

meterTest('a meter learns an hour in which it supplied all the time, at its end', async (t, rigOf) => {
  const rig = rigOf({ time: QUARTER - 60 });
  await rig.bootLinked();
  await rig.credit(wattHours(300));
  await rig.pass(MINUTE);
  rig.draw(256, HOUR);
  await rig.pass(HOUR);
  rig.cutPower();
  rig.flash.power.reboot();
  const { profile } = ledgerOf(rig.flash);
  t.is([...profile.subarray(7)].filter(code => code !== 255).length, 1);
  t.is(new ConsumptionProfile(profile).weekUse / HOURS_A_WEEK, 256_000);
});
