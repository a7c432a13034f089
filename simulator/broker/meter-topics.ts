import { DIRECTIVES } from '../../firmware/directives/directive';
import { discoveryTopic, HOME_STATUS } from '../../firmware/link/discovery-config';
import { meterTopic } from '../../firmware/link/topics';

/** Whole topics without wildcards. */
export interface MeterTopics {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** What a meter says, by the last part of the topic. */
const SAYS: readonly string[] = [
  ...['online', 'link', 'reading', 'event', 'telemetry', 'history'],
  // to a M3tering Console, and to Home Assistant
  ...['payload', 'home'],
];
/** What it hears, `answer` from a M3tering Console. */
const HEARS: readonly string[] = [...Object.keys(DIRECTIVES), 'answer'];
/** What a device says to be put into the registry: who it is. Its will is on `online`, and that comes first. */
const ENROLS: readonly string[] = ['online', 'link'];

/** All the topics that a meter uses at its broker. */
export function meterTopics(chainId: number, m3terId: bigint): MeterTopics {
  const topics = (streams: readonly string[]) => streams.map(stream => meterTopic(chainId, m3terId, stream));
  return {
    writes: [...topics(SAYS), discoveryTopic(chainId, m3terId)],
    reads: [...topics(HEARS), HOME_STATUS],
  };
}

/** Those of a device that is not in the registry. It may read as ever: refused a subscription, a meter says nothing. */
export function enrolmentTopics(chainId: number, m3terId: bigint): MeterTopics {
  const writes = ENROLS.map(stream => meterTopic(chainId, m3terId, stream));
  return { ...meterTopics(chainId, m3terId), writes };
}
