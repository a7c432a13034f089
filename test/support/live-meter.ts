import type { ExecutionContext } from 'ava';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Broker } from '../../firmware/link/uplink';
import { Meter } from '../../firmware/meter';
import { emulatedFlash } from '../../hosts/mock/flash';
import { MockRelay } from '../../hosts/mock/relay';
import { SteadySensor } from '../../hosts/mock/steady-sensor';
import { RealClock } from '../../hosts/node/clock';
import { NodeNetwork } from '../../hosts/node/network';
import { Operator } from '../../simulator/operator';
import { crypto } from './messages';
import { DEVICE, LINK, linkOffer, OPERATOR } from './meter-rig';

/** Simulated seconds in a real one: a wait for an answer, of 30 s, is one of 1.5 s. */
const SPEED = 20;

/** A whole meter that is linked and reports to a real broker, a reading a (simulated) second. */
export function startMeter(t: ExecutionContext, broker: Broker): Meter {
  const clock = new RealClock({ speed: SPEED });
  const parts = { sensor: new SteadySensor(clock), relay: new MockRelay(), flash: emulatedFlash(1) };
  const secrets = { seed: () => DEVICE.privateKey };
  const meter = new Meter(
    { ...parts, secrets, clock, crypto, network: new NodeNetwork() },
    { calibration: [], broker, readingInterval: 1 },
  );
  t.teardown(() => meter.stop());
  meter.start();
  const linked = meter.link(linkOffer());
  if (!linked.ok) throw new Error(`link: expected a new meter, got ${linked.fault}`);
  return meter;
}

/** Another client of a broker, by another library; comes back by itself. */
export async function connectClient(
  t: ExecutionContext,
  url: string,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 100, ...options });
  t.teardown(() => client.endAsync(true));
  // between the end of a broker and its restart
  client.on('error', () => {});
  return client;
}

/** The meter's operator, for whom the broker keeps what comes while it is away. */
export async function startOperator(
  t: ExecutionContext,
  url: string,
  options: IClientOptions = {},
): Promise<Operator> {
  const client = await connectClient(t, url, { clientId: 'operator', clean: false, ...options });
  const operator = new Operator(crypto, OPERATOR, LINK, client);
  await operator.open(LINK.m3terId);
  return operator;
}
