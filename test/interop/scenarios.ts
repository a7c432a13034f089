import type { ExecutionContext } from 'ava';
import type { IClientOptions } from 'mqtt';
import { kilowattHours } from '../../firmware/energy';
import type { Broker } from '../../firmware/link/uplink';
import type { Meter } from '../../firmware/meter';
import type { Operator } from '../../simulator/operator';
import { Gate } from '../support/gate';
import { connectClient, startMeter, startOperator } from '../support/live-meter';
import { LINK } from '../support/meter-rig';
import { until } from '../support/session';

/* What a meter and its operator do with any broker. */

/** How to get at a broker on loopback. */
export interface Place {
  readonly port: number;
  /** For the meter, where its way is another. */
  readonly broker?: Broker;
  /** With which others than meters log in. */
  readonly login?: IClientOptions;
}

const url = (port: number) => `mqtt://127.0.0.1:${port}`;
const READINGS = 20;

/** Every reading up to the last acknowledged came, once, and is right. */
export function checkReadings(t: ExecutionContext, operator: Operator): void {
  const { readings, acknowledged } = operator.account(LINK.m3terId);
  t.deepEqual(
    readings.flatMap(({ problems }) => problems),
    [],
  );
  const expected = Array.from({ length: readings.length }, (_, k) => k + 1);
  t.deepEqual(
    readings.map(({ reading }) => reading.sequence),
    expected,
  );
  t.true(acknowledged >= READINGS);
}

/** Readings and credit: it says what it has measured, and takes what it was sold. */
export async function report(t: ExecutionContext, place: Place): Promise<Meter> {
  const operator = await startOperator(t, url(place.port), place.login);
  operator.sell(LINK.m3terId, kilowattHours(3));
  const meter = startMeter(t, place.broker ?? { host: '127.0.0.1', port: place.port });
  await until('readings are acknowledged', () => meter.acknowledged >= READINGS);
  await until('the credit has come', () => meter.registers?.credited === kilowattHours(3));
  checkReadings(t, operator);
  return meter;
}

/** The will, when the line is cut; and that the meter is there again. */
export async function cut(t: ExecutionContext, place: Place): Promise<void> {
  const client = await connectClient(t, url(place.port), place.login);
  const heard: string[] = [];
  client.on('message', (_topic, payload) => heard.push(String(payload)));
  await client.subscribeAsync(`m3ter/${LINK.chainId}/${LINK.m3terId}/online`, { qos: 1 });
  const gate = await Gate.open(t, place.port);
  const meter = startMeter(t, { host: '127.0.0.1', port: gate.port });
  await until('online', () => heard.at(-1) === 'true');
  gate.isShut = true;
  gate.cut();
  await until('the will has come', () => heard.at(-1) === 'false');
  gate.isShut = false;
  await until('online again', () => heard.at(-1) === 'true' && meter.isOnline);
  t.deepEqual(heard.slice(-3), ['true', 'false', 'true']);
}

/**
 * A backlog of readings that is on its way when the broker is gone, twice.
 * @param restart ends the broker, and resolves when it is there again
 */
export async function restartInFlight(
  t: ExecutionContext,
  place: Place,
  restart: () => Promise<void>,
): Promise<void> {
  const gate = await Gate.open(t, place.port);
  const meter = startMeter(t, { host: '127.0.0.1', port: gate.port });
  await until('there is a backlog', () => meter.lastReading >= 2 * READINGS);
  const operator = await startOperator(t, url(place.port), place.login);
  // what was sent to nobody is sent again
  gate.cut();
  for (let round = 0; round < 2; round++) {
    const { readings } = operator.account(LINK.m3terId);
    const before = readings.length;
    await until('some have come', () => readings.length > before);
    await restart();
  }
  const { lastReading } = meter;
  await until('all are acknowledged', () => meter.acknowledged >= lastReading);
  checkReadings(t, operator);
}
