import type { ExecutionContext } from 'ava';
import { Broker } from '../../../simulator/broker/broker';
import {
  type ConsoleBridge,
  type ConsoleBridgeOptions,
  startConsoleBridge,
} from '../../../simulator/console/console-bridge';
import type { ExchangeReport } from '../../../simulator/console/console-exchange';
import { ConsoleStandIn } from '../../support/console-stand-in';
import { PayloadMeter } from '../../support/payload-meter';

export const APPLICATION = 'b1c2';
export const ANYWHERE = { host: '127.0.0.1', port: 0 };

/** Meters' broker, bridge and Console, each of which the test's end takes down. */
export interface BridgeRig {
  readonly broker: Broker;
  readonly bridge: ConsoleBridge;
  readonly reports: ExchangeReport[];
  meter(m3terId: number): Promise<PayloadMeter>;
  console(): Promise<ConsoleStandIn>;
}

export async function bridgeRig(
  t: ExecutionContext,
  options: Partial<ConsoleBridgeOptions> = {},
): Promise<BridgeRig> {
  const broker = await Broker.open();
  const reports: ExchangeReport[] = [];
  const client = options.client ?? broker.client('bridge');
  const bridge = await startConsoleBridge({
    client,
    chainId: 100,
    applicationId: APPLICATION,
    console: { mqtt: ANYWHERE, grpc: ANYWHERE },
    onReport: report => reports.push(report),
    ...options,
  });
  t.teardown(async () => {
    await bridge.close();
    client.end(true);
    await broker.close();
  });
  return {
    broker,
    bridge,
    reports,
    meter: m3terId => {
      const line = broker.client(`line-${m3terId}`);
      t.teardown(() => line.end(true));
      return PayloadMeter.start(line, m3terId);
    },
    console: async () => {
      const { apiToken } = options;
      const standIn = await ConsoleStandIn.start({
        mqtt: { port: bridge.mqttPort ?? 0 },
        grpcPort: bridge.grpcPort,
        applicationId: APPLICATION,
        ...(apiToken !== undefined && { token: apiToken }),
      });
      t.teardown(() => standIn.close());
      return standIn;
    },
  };
}
