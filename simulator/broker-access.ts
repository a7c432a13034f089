import type { AedesOptions, Client } from 'aedes';
import { DIRECTIVES } from '../firmware/directives/directive';
import { discoveryTopic, HOME_STATUS } from '../firmware/link/discovery-config';
import { meterTopic } from '../firmware/link/topics';
import { checkLogin, type LoginTerms, METER_CLIENT } from './broker-login';

export interface BrokerAccess {
  /** Meters log in; a client that calls itself one is let in as such or not at all. */
  readonly logins: LoginTerms;
  /** That of all other clients, who may do anything; absent: they need none. */
  readonly operatorPassword?: string;
}

/** What a meter says, by the last part of the topic. */
const SAYS: readonly string[] = [
  ...['online', 'link', 'reading', 'event', 'telemetry', 'history'],
  // to a M3tering Console, and to Home Assistant
  ...['payload', 'home'],
];
/** What it hears, `answer` from a M3tering Console. */
const HEARS: readonly string[] = [...Object.keys(DIRECTIVES), 'answer'];

/** The hooks of aedes by which a meter gets at its own topics only: it speaks on some of them, and listens on others. */
export function accessHooks({ logins, operatorPassword }: BrokerAccess) {
  const meters = new WeakMap<Client, bigint>();
  const mayUse = (client: Client | null, streams: readonly string[], topic: string) => {
    const m3terId = client ? meters.get(client) : undefined;
    if (m3terId === undefined) return !topic.startsWith('$SYS/');
    const { chainId } = logins.domain;
    const home = streams === SAYS ? discoveryTopic(chainId, m3terId) : HOME_STATUS;
    return topic === home || streams.some(stream => topic === meterTopic(chainId, m3terId, stream));
  };
  return {
    authenticate(client, username = '', password, done) {
      const secret = String(password ?? '');
      let isWelcome = operatorPassword === undefined || operatorPassword === secret;
      if (client.id.startsWith(METER_CLIENT)) {
        const login = checkLogin({ clientId: client.id, username, password: secret }, logins);
        isWelcome = login.ok;
        if (login.ok) meters.set(client, login.value);
      }
      // refused as not authorised: 5 in CONNACK
      done(null, isWelcome);
    },
    authorizePublish(client, { topic }, done) {
      done(mayUse(client, SAYS, topic) ? null : new Error(`publish: not allowed on ${topic}`));
    },
    authorizeSubscribe(client, subscription, done) {
      const isMeter = meters.has(client);
      done(null, !isMeter || mayUse(client, HEARS, subscription.topic) ? subscription : null);
    },
  } satisfies AedesOptions;
}
