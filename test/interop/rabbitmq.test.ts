import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { checkLogin, firstCome, METER_CLIENT } from '../../simulator/broker-login';
import { connectClient, startMeter } from '../support/live-meter';
import { crypto } from '../support/messages';
import { LINK, M3TER_ID } from '../support/meter-rig';
import { isRabbitInstalled, startRabbit } from '../support/rabbitmq';
import { until } from '../support/session';
import { cut, report } from './scenarios';

const LOGIN = { username: 'operator', password: 'secret' };
const logins = {
  domain: new SigningDomain(crypto, LINK),
  names: ['127.0.0.1'],
  now: () => Date.now() / 1000,
  isLinked: firstCome(),
};

/** What RabbitMQ asks of its HTTP backend, answered as somebody would who lets in meters and one operator. */
function answer(path: string, asked: URLSearchParams): boolean {
  const [username = '', password = '', clientId = ''] = ['username', 'password', 'client_id'].map(
    name => asked.get(name) ?? '',
  );
  if (path === '/user') {
    if (clientId.startsWith(METER_CLIENT)) return checkLogin({ clientId, username, password }, logins).ok;
    return username === LOGIN.username && password === LOGIN.password;
  }
  // MQTT's topics with points for strokes
  const own = `m3ter.${LINK.chainId}.${M3TER_ID}.`;
  return (
    path !== '/topic' || username === LOGIN.username || asked.get('routing_key')?.startsWith(own) === true
  );
}

/** Port of the hook. */
async function startHook(t: ExecutionContext): Promise<number> {
  const server = createServer(async (request, response) => {
    const isAllowed = answer(request.url ?? '', new URLSearchParams(await text(request)));
    response.end(isAllowed ? 'allow' : 'deny');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const withRabbit = isRabbitInstalled ? test : test.skip;

// one after the other, on one broker, since it takes long to start
withRabbit(
  'RabbitMQ, whose auth hook checks meters: readings are acknowledged, credit comes, and the will is delivered',
  async t => {
    t.timeout(300_000);
    const hook = await startHook(t);
    const rabbit = await startRabbit({ hook });
    t.teardown(() => rabbit.stop());
    const place = { port: rabbit.port, login: LOGIN };

    const stranger = connectClient(t, `mqtt://127.0.0.1:${rabbit.port}`, { reconnectPeriod: 0 });
    await t.throwsAsync(stranger, { message: /refused|authoriz/i });
    const elsewhere = startMeter(t, { host: 'localhost', port: rabbit.port });
    await until('refused', () => (elsewhere.connectionFaults.unauthorized ?? 0) > 0);
    t.false(elsewhere.isOnline, 'what is signed for one name of the broker is of no use by another');
    elsewhere.stop();

    const meter = await report(t, place);
    t.deepEqual(meter.connectionFaults, { unanswered: 1 }, 'it speaks 3.1.1 only, and closes upon another');
    meter.stop();
    await cut(t, place);
  },
);
