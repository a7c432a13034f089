import test from 'ava';
import fc from 'fast-check';
import { decodeAnswerV2 } from '../../../firmware/attest/m3tering-v2-answer';
import { bytes } from '../../support/messages';

test('answers of a Console that was seen at work are read', t => {
  const read = (hex: string) => decodeAnswerV2(bytes(hex));
  t.deepEqual(read('010000000000000000'), { ok: true, value: { isOn: true } });
  t.deepEqual(read('01000000020000000000000000'), { ok: true, value: { isOn: true, lastNonce: 2 } });
  t.deepEqual(read('00ffffffff40d0a3d7405851ec'), {
    ok: true,
    value: { isOn: false, lastNonce: 2 ** 32 - 1 },
  });
});

test('anything else is malformed, and throws nothing', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), answer => {
      const isAnswer = (answer.length === 9 || answer.length === 13) && (answer[0] ?? 2) <= 1;
      t.is(decodeAnswerV2(answer).ok, isAnswer);
    }),
  );
  for (const length of [9, 13])
    for (let first = 2; first < 256; first++)
      t.false(decodeAnswerV2(new Uint8Array(length).fill(first, 0, 1)).ok);
});
