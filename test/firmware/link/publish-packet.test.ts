import test from 'ava';
import * as fc from 'fast-check';
import { generate, parser } from 'mqtt-packet';
import { decodePublish, encodePublish } from '../../../firmware/link/publish-packet';

const anyPublish = fc.record({
  cmd: fc.constant('publish' as const),
  topic: fc
    .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 })
    .filter(text => !/[+#]/.test(text)),
  payload: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 100, maxLength: 300 })),
  retain: fc.boolean(),
  qos: fc.constantFrom(0 as const, 1 as const),
  messageId: fc.integer({ min: 1, max: 65535 }),
});
const versions = fc.constantFrom(4 as const, 5 as const);

test('a PUBLISH is written byte for byte as mqtt-packet writes it', t => {
  fc.assert(
    fc.property(anyPublish, versions, (packet, protocolVersion) => {
      const { payload, ...rest } = packet;
      const reference = generate({ ...rest, payload: Buffer.from(payload), dup: false }, { protocolVersion });
      t.deepEqual(encodePublish(packet, protocolVersion), new Uint8Array(reference));
    }),
  );
});

test('a number for the topic is written as mqtt-packet writes it, beside the topic and in place of it', t => {
  const alias = fc.integer({ min: 1, max: 65535 });
  fc.assert(
    fc.property(anyPublish, alias, fc.boolean(), (packet, topicAlias, isKnown) => {
      const topic = isKnown ? '' : packet.topic;
      const { payload, ...rest } = packet;
      const reference = generate(
        { ...rest, topic, payload: Buffer.from(payload), dup: false, properties: { topicAlias } },
        { protocolVersion: 5 },
      );
      t.deepEqual(encodePublish({ ...packet, topic, alias: topicAlias }, 5), new Uint8Array(reference));
    }),
  );
});

test('the length takes as many bytes as it must', t => {
  for (const length of [0, 124, 125, 16_380, 16_381, 2_097_148, 2_097_149]) {
    const packet = { cmd: 'publish', topic: 'a', qos: 0, retain: false } as const;
    const written = encodePublish({ ...packet, payload: new Uint8Array(length) }, 4);
    const reference = generate({ ...packet, payload: Buffer.alloc(length), dup: false });
    t.is(Buffer.compare(written, reference), 0, `${length}`);
  }
});

test('a PUBLISH of a broker is read as mqtt-packet reads it, whatever its properties', t => {
  const properties = fc.record(
    {
      messageExpiryInterval: fc.nat(),
      contentType: fc.string(),
      userProperties: fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anyPublish, versions, properties, ({ payload, ...rest }, protocolVersion, extra) => {
      const bytes = generate(
        { ...rest, payload: Buffer.from(payload), dup: true, properties: extra },
        { protocolVersion },
      );
      const { topic, messageId, qos } = rest;
      const expected = { cmd: 'publish', topic, payload, qos, messageId: qos > 0 ? messageId : undefined };
      t.deepEqual(decodePublish(new Uint8Array(bytes), protocolVersion), expected as never);
    }),
  );
});

test('of arbitrary bytes nothing is read that mqtt-packet does not read too', t => {
  fc.assert(
    fc.property(fc.nat(15), fc.uint8Array({ maxLength: 30 }), versions, (flags, body, protocolVersion) => {
      const bytes = Uint8Array.from([0x30 | flags, body.length, ...body]);
      const read = decodePublish(bytes, protocolVersion);
      if (read === undefined || read.qos > 1) return t.pass();
      const packets = parser({ protocolVersion });
      let reference: object | undefined;
      packets.on('packet', packet => {
        reference = packet;
      });
      let isRefused = false;
      packets.on('error', () => {
        isRefused = true;
      });
      packets.parse(Buffer.from(bytes));
      // what is in the properties is of no interest here, and may be wrong
      if (protocolVersion === 5 && isRefused) return t.pass();
      return t.like(reference, { topic: read.topic, qos: read.qos });
    }),
    { numRuns: 3000 },
  );
});

test('topics that no meter could have asked for are none', t => {
  const withTopic = (topic: readonly number[]) =>
    decodePublish(Uint8Array.from([0x30, topic.length + 2, 0, topic.length, ...topic]), 4);
  t.is(withTopic([0x61])?.topic, 'a');
  for (const topic of [[], [0x1f], [0x7f], [0xc3, 0xa9]]) t.is(withTopic(topic), undefined);
  const long = (length: number) =>
    encodePublish(
      { cmd: 'publish', topic: 'x'.repeat(length), payload: new Uint8Array(0), qos: 0, retain: false },
      5,
    );
  t.is(decodePublish(long(256), 5)?.topic.length, 256);
  t.is(decodePublish(long(257), 5), undefined);
});
