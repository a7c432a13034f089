import type { Packet } from 'mqtt-packet';
import type { SessionOptions } from '../../firmware/link/session';
import { VirtualClock } from '../../hosts/mock/clock';
import { answer, type Peer, peerNetwork } from './peer';
import { makeSession, pass } from './session';

/** A started session on a virtual clock, with a peer played by `onPacket`. */
export async function start(
  onPacket: (packet: Packet, peer: Peer) => void = answer,
  options: Partial<SessionOptions> = {},
) {
  const clock = new VirtualClock();
  const { network, peers, asked } = peerNetwork(onPacket);
  const made = makeSession({ network, clock }, options);
  made.session.start();
  await network.settled();
  return { ...made, clock, network, peers, asked, pass: (ms: number) => pass(ms, clock, network) };
}
