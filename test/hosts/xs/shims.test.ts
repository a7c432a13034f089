import { createRequire } from 'node:module';
import test from 'ava';
import { build } from 'esbuild';
import fc from 'fast-check';
import * as real from 'mqtt-packet';
import { XS_OPTIONS } from '../../../hosts/xs/bundle';

type MqttPacket = typeof real;

const topic = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '/'), minLength: 1, maxLength: 40 });
const payload = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes));
const messageId = fc.integer({ min: 1, max: 65535 });
const packet = fc.oneof(
  fc.record({
    cmd: fc.constant('publish'),
    topic,
    payload,
    qos: fc.constantFrom(0, 1),
    retain: fc.boolean(),
    dup: fc.constant(false),
    messageId,
  }),
  fc.record({
    cmd: fc.constant('subscribe'),
    messageId,
    subscriptions: fc.array(fc.record({ topic, qos: fc.constantFrom(0, 1) }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ cmd: fc.constant('suback'), messageId, granted: fc.constant([0, 1, 128]) }),
  fc.record({ cmd: fc.constant('puback'), messageId }),
  fc.record({ cmd: fc.constantFrom('pingreq', 'pingresp', 'disconnect') }),
  fc.record({
    cmd: fc.constant('connect'),
    protocolId: fc.constant('MQTT'),
    clientId: topic,
    keepalive: fc.nat(65535),
    clean: fc.constant(true),
    properties: fc.record({
      receiveMaximum: fc.integer({ min: 1, max: 65535 }),
      maximumPacketSize: messageId,
    }),
    will: fc.record({ topic, payload, qos: fc.constantFrom(0, 1), retain: fc.boolean() }),
  }),
) as unknown as fc.Arbitrary<real.Packet>;

/** The library with the shims in place of Node's modules, as it goes into XS. */
async function shimmed(): Promise<MqttPacket> {
  const entry = createRequire(import.meta.url).resolve('mqtt-packet');
  const { outputFiles } = await build({ ...XS_OPTIONS, entryPoints: [entry], format: 'esm', write: false });
  const text = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  return ((await import(`data:text/javascript;base64,${text}`)) as { readonly default: MqttPacket }).default;
}

function written(library: MqttPacket, content: real.Packet, protocolVersion: number): string {
  let hex = '';
  library.writeToStream.cacheNumbers = false;
  const write = (part: Uint8Array | string) => {
    hex += Buffer.from(part as Uint8Array).toString('hex');
    return true;
  };
  library.writeToStream(content, { write } as never, { protocolVersion } as never);
  return hex;
}

/** What a parser makes of the bytes, or the kind of its error. */
function parsed(library: MqttPacket, bytes: Uint8Array, protocolVersion: number): unknown {
  const parser = library.parser({ protocolVersion } as never);
  let result: unknown = 'nothing';
  parser.on('packet', found => {
    result = plain(found);
  });
  parser.on('error', () => {
    result = 'error';
  });
  parser.parse(bytes as Buffer);
  return result;
}

function plain(found: object): unknown {
  return JSON.parse(
    JSON.stringify(found, function (this: Record<string, unknown>, key, value) {
      const raw = this[key];
      return raw instanceof Uint8Array ? Buffer.from(raw).toString('hex') : value;
    }),
  );
}

test('with the shims mqtt-packet writes and reads what it does with the modules of Node', async t => {
  const library = await shimmed();
  fc.assert(
    fc.property(packet, fc.constantFrom(4, 5), (content, version) => {
      const hex = written(real, content, version);
      // A PUBLISH is written by firmware/link itself.
      if (content.cmd !== 'publish') t.is(written(library, content, version), hex);
      const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
      t.deepEqual(parsed(library, bytes, version), parsed(real, Buffer.from(bytes), version));
    }),
  );
});

test('an error that nobody listens to is thrown, as by an EventEmitter of Node', async t => {
  const library = await shimmed();
  t.throws(() => library.parser().parse(Uint8Array.of(0x00, 0x00) as Buffer));
});
