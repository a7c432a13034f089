import test from 'ava';
import { addressText } from '../../../firmware/attest/address';
import { failure, type Result, success } from '../../../firmware/result';
import { DesktopMeter } from '../../../hosts/desktop/desktop-meter';
import { Household } from '../../../hosts/desktop/household';
import { viewOf } from '../../../hosts/desktop/view';
import { VirtualClock } from '../../../hosts/mock/clock';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { calibrationOf, TYPICAL_HARDWARE } from '../../../hosts/mock/front-end';
import { FrontEndSensor } from '../../../hosts/mock/front-end-sensor';
import { Prng } from '../../../hosts/mock/prng';
import { linkDocument } from '../../../simulator/link-document';
import { crypto } from '../../support/messages';
import { DEVICE, linkOffer } from '../../support/meter-rig';

const DOCUMENT = linkDocument(crypto, linkOffer());

/** The app without its screen, in virtual time, and off line. */
function rig(seed = () => DEVICE.privateKey) {
  const clock = new VirtualClock(1_800_000_000);
  const household = new Household();
  const { relay, world } = household;
  const hardware = TYPICAL_HARDWARE;
  const sensor = new FrontEndSensor({ clock, world, hardware, prng: new Prng(1), fidelity: 'phasor' });
  const network = { open: () => ({ read: () => undefined, write: () => {}, close: () => {} }) };
  const flash = emulatedFlash(1);
  const host = { clock, crypto, relay, sensor, flash, secrets: { seed }, network };
  const state = { document: success(undefined) as Result<string | undefined, string> };
  const calibration = calibrationOf(hardware);
  const meter = new DesktopMeter(host, { calibration }, () => state.document);
  const view = () => viewOf(crypto, meter.meter, meter.notice);
  return { clock, household, meter, state, view };
}

test('a new meter says that it is not linked; the document in its directory changes that within a second', t => {
  const { clock, meter, state, view } = rig();
  clock.advance(2000);
  t.like(view(), { name: 'M3ter', connection: 'offline', balance: '0.000 kWh', isClosed: false });
  t.is(view().supply, 'Off: not linked');
  t.is(view().address.join(''), addressText(crypto, DEVICE.address));
  state.document = success(DOCUMENT);
  clock.advance(1000);
  t.is(meter.meter?.m3terId, 7n);
  t.like(view(), { name: 'M3ter 7', supply: 'Off: balance used up', notice: '' });
});

test('what is wrong with a document is told until it is put right', t => {
  const { clock, state, view } = rig();
  state.document = success('{}');
  clock.advance(1000);
  t.is(view().notice, 'chainId: expected a positive integer, got nothing');
  state.document = failure('link.json: expected at most 16384 bytes, got 20000');
  clock.advance(1000);
  t.is(view().notice, 'link.json: expected at most 16384 bytes, got 20000');
  state.document = success(DOCUMENT);
  clock.advance(1000);
  t.is(view().notice, '');
  state.document = success(linkDocument(crypto, linkOffer({ m3terId: 8n })));
  clock.advance(1000);
  t.is(view().notice, 'link document: expected a link that the meter takes, got linked-already');
});

test('without its plug the meter is dark and draws nothing; plugged in again it knows what it knew', t => {
  const { clock, household, meter, state, view } = rig();
  state.document = success(DOCUMENT);
  clock.advance(2000);
  meter.pullPlug();
  clock.advance(60_000);
  t.is(meter.meter, undefined);
  t.false(household.relay.isClosed());
  t.is(Object.values(view()).flat().join(''), 'false');
  meter.plugIn();
  clock.advance(1000);
  t.is(view().name, 'M3ter 7');
  t.regex(view().electricity[0], /^230\.\d V {2}0\.00 A {2}50\.00 Hz$/);
});

test('what the firmware throws leaves it without power, and says why until it is plugged in again', t => {
  const broken = () => {
    throw new Error('seed: expected 32 bytes, got 5');
  };
  let seed: () => Uint8Array = broken;
  const { clock, meter, view } = rig(() => seed());
  clock.advance(5000);
  t.is(meter.meter, undefined);
  t.is(view().notice, 'the meter has crashed: seed: expected 32 bytes, got 5');
  seed = () => DEVICE.privateKey;
  meter.plugIn();
  clock.advance(1000);
  t.like(view(), { supply: 'Off: not linked', notice: '' });
});

test('the load is drawn only while the relay is closed', t => {
  const { household } = rig();
  household.load = 1000;
  t.is(household.world(0).phases[0]?.activePower, 0);
  household.relay.close();
  t.is(household.world(0).phases[0]?.activePower, 1000);
});
