import test from 'ava';
import { MeterRig } from '../../support/meter-rig';
import { onXs } from '../../support/meter-test';

/* What a broker, or anyone who may publish through it, can send to make a meter run out of memory, which restarts it. */

const TOPIC = 'm3ter/100/7/credit';

/** Variable byte integer [MQTT-5.0 §1.5.5] */
function integer(value: number): number[] {
  return value < 128 ? [value] : [0x80 | (value % 128), ...integer(Math.floor(value / 128))];
}

function packet(head: number, ...body: readonly number[]): Uint8Array {
  return Uint8Array.from([head, ...integer(body.length), ...body]);
}

function text(characters: string): number[] {
  return [characters.length >> 8, characters.length & 0xff, ...Buffer.from(characters)];
}

/** So many user properties, each of another name. */
function properties(count: number): number[] {
  const all = Array.from({ length: count }, (_, k) => [0x26, ...text(`${k}`), 0, 0]).flat();
  return [...integer(all.length), ...all];
}

function publish(...payload: readonly number[]): Uint8Array {
  return packet(0x30, ...text(TOPIC), 0, ...payload);
}

/** A CBOR array of so many items, as a directive. */
function items(count: number, ...item: readonly number[]): Uint8Array {
  return publish(0x99, count >> 8, count & 0xff, ...Array.from({ length: count }, () => item).flat());
}

const ATTACKS: readonly (readonly [string, Uint8Array])[] = [
  ['a PUBLISH as long as may be', packet(0x32, ...text(TOPIC), 0, 9, 0, ...new Array(4060).fill(0xa1))],
  ['a topic of 4 KiB', packet(0x30, ...text('x'.repeat(4060)), 0)],
  ['a topic of 16 KiB', packet(0x30, ...text('x'.repeat(16_000)), 0)],
  ['a PUBLISH with 500 user properties', packet(0x30, ...text(TOPIC), ...properties(500), 1)],
  ['a PUBACK with 1,000 user properties', packet(0x40, 0, 1, 0, ...properties(1000))],
  ['a DISCONNECT with 1,000 user properties', packet(0xe0, 0, ...properties(1000))],
  ['a SUBACK of 500 topics', packet(0x90, 0, 1, 0, ...new Array(500).fill(1))],
  ['a SUBACK of 16,000 topics', packet(0x90, 0, 1, 0, ...new Array(16_000).fill(1))],
  ['1,000 empty maps', items(1000, 0xa0)],
  ['1,000 empty arrays', items(1000, 0x80)],
  ['1,000 empty byte strings', items(1000, 0x40)],
  ['191 empty byte strings', items(191, 0x40)],
  ['63 maps', items(63, 0xa1, 0, 0x40)],
  ['335 bignums', items(335, 0xc2, 0x41, 1)],
];

for (const [name, bytes] of ATTACKS)
  test.serial(`${name} cannot exhaust the heap`, async t => {
    const rig = new MeterRig({ makeMeter: onXs() });
    t.teardown(() => rig.cutPower());
    await rig.bootLinked();
    rig.babble(bytes);
    await rig.pass(5000);
    t.true(rig.meter.isOnline);
    t.is(rig.meter.fault, undefined);
  });

test.serial(
  'a flood of messages to acknowledge, by a broker that reads nothing, cannot exhaust the heap',
  async t => {
    const rig = new MeterRig({ makeMeter: onXs() });
    t.teardown(() => rig.cutPower());
    await rig.bootLinked();
    const peer = rig.peers.at(-1);
    peer?.stream.pause();
    for (let id = 1; id <= 12_000; id++) peer?.publish(`${TOPIC}s`, Uint8Array.of(0), 1, id);
    await rig.pass(100);
    t.true((rig.meter.refused.unknown ?? 0) < 12_000);
    peer?.stream.resume();
    await rig.pass(100);
    t.is(rig.meter.refused.unknown, 12_000);
    t.true(rig.meter.isOnline);
  },
);
