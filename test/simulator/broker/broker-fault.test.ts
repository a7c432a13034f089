import test from 'ava';
import { connect, type IClientOptions } from 'mqtt';
import { brokerFault } from '../../../simulator/broker/broker-fault';
import { NoticeLog } from '../../../simulator/gateway/notice-log';
import { freePort, makeAuthority, startMosquitto } from '../../support/mosquitto';

async function faultOf(url: string, options: IClientOptions = {}): Promise<string> {
  const client = connect(url, { ...options, reconnectPeriod: 0 });
  const error = await new Promise<Error>(done => client.once('error', done));
  await client.endAsync(true);
  return brokerFault(error);
}

test('why there is no connection to the broker is said in words', async t => {
  const broker = await startMosquitto({ tls: 'both sides' });
  t.teardown(() => broker.kill());
  const { authority: ca, port } = broker;
  t.is(
    await faultOf(`mqtts://127.0.0.1:${port}`, { ca }),
    'its certificate is for DNS:localhost, not for 127.0.0.1 (ERR_TLS_CERT_ALTNAME_INVALID)',
  );
  t.regex(await faultOf(`mqtts://localhost:${port}`, { ca: makeAuthority() }), /by an authority that --ca/);
  t.regex(await faultOf(`mqtts://localhost:${port}`, { ca }), /give --cert and --cert-key/);
  t.regex(await faultOf(`mqtt://127.0.0.1:${await freePort()}`), /^nobody listens there \(ECONNREFUSED\)$/);
});

test('only the first reading ahead of a meter is a line of the log', t => {
  const lines: string[] = [];
  const log = new NoticeLog(line => lines.push(line), false);
  for (const m3terId of [1n, 1n, 2n]) log.note({ code: 'reading-ahead', m3terId });
  t.deepEqual(
    lines.map(line => line.split(' ').slice(1).join(' ')),
    ['reading-ahead M3ter 1', 'reading-ahead M3ter 2'],
  );
});
