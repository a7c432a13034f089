import type { AedesOptions, Client } from 'aedes';
import { checkLogin, type LoginTerms, METER_CLIENT } from './broker-login';
import { type MeterTopics, meterTopics } from './meter-topics';

export interface BrokerAccess {
  /** Meters log in; a client that calls itself one is let in as such or not at all. */
  readonly logins: LoginTerms;
  /** That of all other clients, who may do anything; absent: they need none. */
  readonly operatorPassword?: string;
}

/** The hooks of aedes by which a meter gets at its own topics only: it speaks on some of them, and listens on others. */
export function accessHooks({ logins, operatorPassword }: BrokerAccess) {
  const meters = new WeakMap<Client, MeterTopics>();
  const mayUse = (client: Client | null, way: keyof MeterTopics, topic: string) => {
    const topics = client ? meters.get(client) : undefined;
    return topics === undefined ? !topic.startsWith('$SYS/') : topics[way].includes(topic);
  };
  return {
    authenticate(client, username = '', password, done) {
      const secret = String(password ?? '');
      let isWelcome = operatorPassword === undefined || operatorPassword === secret;
      if (client.id.startsWith(METER_CLIENT)) {
        const login = checkLogin({ clientId: client.id, username, password: secret }, logins);
        isWelcome = login.ok;
        if (login.ok) meters.set(client, meterTopics(logins.domain.chainId, login.value));
      }
      // refused as not authorised: 5 in CONNACK
      done(null, isWelcome);
    },
    authorizePublish(client, { topic }, done) {
      done(mayUse(client, 'writes', topic) ? null : new Error(`publish: not allowed on ${topic}`));
    },
    authorizeSubscribe(client, subscription, done) {
      const isMeter = meters.has(client);
      done(null, !isMeter || mayUse(client, 'reads', subscription.topic) ? subscription : null);
    },
  } satisfies AedesOptions;
}
