import test from 'ava';
import * as fc from 'fast-check';
import { generate, writeToStream } from 'mqtt-packet';
import { encode, PacketDecoder } from '../../../firmware/link/packets';
import { bytes } from '../../support/session';

const versions = [4, 5] as const;

test('a PUBLISH of the broker is read: topic, payload as plain bytes, QoS, identifier', t => {
  for (const protocolVersion of versions) {
    const sent = generate(
      {
        cmd: 'publish',
        topic: 'a/b',
        payload: Buffer.from('hi'),
        qos: 1,
        messageId: 7,
        dup: false,
        retain: true,
      },
      { protocolVersion },
    );
    const packet = new PacketDecoder(protocolVersion).decode(new Uint8Array(sent));
    t.deepEqual(packet, { cmd: 'publish', topic: 'a/b', payload: bytes('hi'), qos: 1, messageId: 7 });
    t.is(packet?.cmd === 'publish' && packet.payload.constructor, Uint8Array);
  }
});

test('what a CONNACK of MQTT 5 says is read, and what it does not say has its default', t => {
  const properties = {
    receiveMaximum: 3,
    maximumPacketSize: 900,
    serverKeepAlive: 0,
    topicAliasMaximum: 5,
    retainAvailable: false,
  };
  const decode = (packet: object) =>
    new PacketDecoder(5).decode(
      new Uint8Array(
        generate({ cmd: 'connack', sessionPresent: false, reasonCode: 0, ...packet }, { protocolVersion: 5 }),
      ),
    );
  const defaults = {
    receiveMaximum: 65535,
    maximumPacketSize: Number.POSITIVE_INFINITY,
    serverKeepAlive: undefined,
    topicAliasMaximum: 0,
    isResumed: false,
  };
  t.deepEqual(decode({}), { cmd: 'connack', code: 0, ...defaults, isFit: true });
  const limits = { receiveMaximum: 3, maximumPacketSize: 900, serverKeepAlive: 0, topicAliasMaximum: 5 };
  t.deepEqual(decode({ properties }), { cmd: 'connack', code: 0, ...defaults, ...limits, isFit: false });
  t.like(decode({ sessionPresent: true }), { isResumed: true });
  t.like(decode({ properties: { maximumQoS: 0 } }), { isFit: false });
  t.is(decode({ properties: { receiveMaximum: 0 } }), undefined);
  t.is(decode({ properties: { maximumPacketSize: 0 } }), undefined);
});

test('packets that end too soon, or say nothing, are none', t => {
  const none: readonly (readonly number[])[] = [
    [0x20, 0], // CONNACK without a code
    [0x40, 0], // PUBACK without an identifier
    [0x40, 2, 0, 0], // PUBACK of identifier 0
    [0x90, 1, 0], // SUBACK
    [0x30, 0], // PUBLISH without a topic
    [0x30, 2, 0, 0], // PUBLISH of an empty topic
    [0x32, 3, 0, 1, 0x61], // QoS 1 without an identifier
    [0x36, 5, 0, 1, 0x61, 0, 1], // QoS 3
    [0x10, 0], // CONNECT is not for clients
    [0xf0, 0],
    [0x00, 0],
    [0xd1, 0],
  ];
  for (const version of versions) {
    for (const packet of none) {
      t.is(new PacketDecoder(version).decode(Uint8Array.from(packet)), undefined, `${version}: ${packet}`);
    }
  }
});

test('no bytes throw past the decoder', t => {
  const body = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.constantFrom(...versions), fc.nat(255), body, (version, first, rest) => {
      t.notThrows(() => new PacketDecoder(version).decode(Uint8Array.from([first, rest.length, ...rest])));
    }),
    { numRuns: 2000 },
  );
});

test('text beyond ASCII is misuse', t => {
  const packet = { cmd: 'publish', topic: 'grün', payload: bytes(''), qos: 0, retain: false } as const;
  t.throws(() => encode(packet, 5), { instanceOf: RangeError });
});

test('mqtt-packet is kept from building its table of numbers', t => {
  encode({ cmd: 'pingreq' }, 5);
  t.false(writeToStream.cacheNumbers);
});
