import { concat } from '../../../firmware/bytes';
import { expect } from '../breaches';
import { BrokerPackets } from '../broker-packets';
import { SettledDesk } from '../desk-rig';
import { below, drawBytes, one } from '../draw';
import { SessionRig } from '../session-rig';
import type { Target } from '../target';
import { pieces } from './mqtt';

const MOST_PACKETS = 12;
/** Bytes that a socket takes at a time: all, some, few. */
const ROOMS = [65536, 300, 20];
/** Bytes: more than any packet may have */
const JUNK = 5000;

/**
 * A whole session whose broker sends anything, and the desk behind it; it must come back when the broker is right again.
 * An input is the way in which the stream is cut, the version of MQTT, the number of the socket's room, and the stream.
 */
export function sessionTarget(): Target {
  const desk = new SettledDesk();
  const messages = [...desk.honest, ...desk.foreign];
  const brokers = { 4: new BrokerPackets(4, messages), 5: new BrokerPackets(5, messages) };

  return {
    draw(prng) {
      const version = one(prng, [4, 5] as const);
      const broker = brokers[version];
      const begin = below(prng, 10) > 0 ? [broker.welcome] : [];
      const packets = Array.from({ length: 1 + below(prng, MOST_PACKETS) }, () => broker.draw(prng));
      if (below(prng, 10) === 0) packets.push(drawBytes(prng, JUNK));
      const way = Uint8Array.of(below(prng, 256), version, below(prng, ROOMS.length));
      return concat(way, ...begin, ...packets);
    },

    take(input) {
      const [way = 0, version, room = 0] = input;
      const rig = new SessionRig(ROOMS[room] ?? 1, (stream, payload) => desk.desk.receive(stream, payload));
      desk.unmoved(() => {
        rig.start(version === 4 ? 4 : 5);
        for (const piece of pieces(input.subarray(3), way)) {
          rig.network.deliver(piece);
          if (piece.length % 2 === 0) rig.network.makeRoom();
        }
        expect(
          rig.comesBack(spoken => brokers[spoken].welcome),
          'hangs',
          'a session that never comes back',
        );
      });
    },
  };
}
