import test from 'ava';
import { judgeCalibration } from '../../../firmware/metrology/calibration-seal';

const NONE = new Uint8Array(32);
const OLD = new Uint8Array(32).fill(1);
/** Another in its last byte only. */
const NEW = OLD.map((byte, k) => (k === 31 ? byte ^ 1 : byte));
const EVERYWHERE = [true, false].flatMap(linked => [true, false].map(sealed => ({ linked, sealed })));

test('the calibration in force stays in force', t => {
  for (const place of EVERYWHERE) t.is(judgeCalibration({ inForce: OLD, found: OLD, ...place }), 'same');
});

test('the first one that is found comes into force', t => {
  for (const place of EVERYWHERE) t.is(judgeCalibration({ inForce: NONE, found: NEW, ...place }), 'adopt');
});

test('another one is refused by a meter that is linked and sealed, and by no other', t => {
  for (const place of EVERYWHERE) {
    const verdict = place.linked && place.sealed ? 'refuse' : 'adopt';
    t.is(judgeCalibration({ inForce: OLD, found: NEW, ...place }), verdict);
  }
});
