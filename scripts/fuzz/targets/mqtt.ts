import { concat } from '../../../firmware/bytes';
import { INCOMING_LIMIT } from '../../../firmware/link/connection';
import { PacketFramer } from '../../../firmware/link/framer';
import { PacketDecoder, type ProtocolVersion } from '../../../firmware/link/packets';
import { Prng } from '../../../hosts/mock/prng';
import { expect } from '../breaches';
import { BrokerPackets } from '../broker-packets';
import { SettledDesk } from '../desk-rig';
import { below, drawBytes } from '../draw';
import type { Target } from '../target';

const VERSIONS: readonly ProtocolVersion[] = [4, 5];
const MOST_PACKETS = 4;

/**
 * A broker's bytes, cut into packets and decoded. An input is the number of the version, that of the way in which the
 * stream is cut, and the stream.
 */
export function mqttTarget(): Target {
  const { honest, foreign } = new SettledDesk();
  const packets = VERSIONS.map(version => new BrokerPackets(version, [...honest, ...foreign]));

  return {
    draw(prng) {
      const version = below(prng, VERSIONS.length);
      const broker = packets[version] as BrokerPackets;
      const stream = Array.from({ length: 1 + below(prng, MOST_PACKETS) }, () => broker.draw(prng));
      const junk = below(prng, 8) === 0 ? [drawBytes(prng, 200)] : [];
      return concat(Uint8Array.of(version, below(prng, 256)), ...junk, ...stream);
    },

    take(input) {
      const version = VERSIONS[input[0] ?? 0] ?? 5;
      const stream = input.subarray(2);
      const whole = frame([stream]);
      const cut = frame(pieces(stream, input[1] ?? 0));
      expect(whole.join(' ') === cut.join(' '), 'misread', 'other packets when the stream comes in pieces');
      const decoder = new PacketDecoder(version);
      for (const packet of whole) if (typeof packet !== 'string' && !decoder.decode(packet)) return;
    },
  };
}

/** The packets of a stream that comes in pieces, of those that are too large the front, and the fault that ended it. */
function frame(chunks: Iterable<Uint8Array>): (Uint8Array | string)[] {
  const framer = new PacketFramer(INCOMING_LIMIT);
  const packets: (Uint8Array | string)[] = [];
  for (const chunk of chunks) {
    framer.add(chunk);
    for (let framed = framer.next(); framed !== undefined; framed = framer.next()) {
      packets.push(typeof framed === 'object' && 'front' in framed ? framed.front : framed);
      if (typeof framed === 'string') return packets;
    }
  }
  return packets;
}

/** As a network may deliver it: each number has its own way. */
export function* pieces(stream: Uint8Array, way: number): Generator<Uint8Array, void, void> {
  const prng = new Prng(way);
  const longest = [1, 3, 40, 1500][way % 4] as number;
  for (let from = 0, to = 0; from < stream.length; from = to) {
    to = Math.min(stream.length, from + 1 + below(prng, longest));
    yield stream.subarray(from, to);
  }
}
