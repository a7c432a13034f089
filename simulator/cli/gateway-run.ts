import mqtt, { ErrorWithReasonCode, type IClientOptions, type MqttClient } from 'mqtt';
import { bytesToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { toHex } from '../../firmware/bytes';
import { createCrypto } from '../../hosts/node/crypto';
import { brokerFault } from '../broker/broker-fault';
import { Gateway, type GatewayOptions } from '../gateway/gateway';
import { GatewayMetrics } from '../gateway/gateway-metrics';
import { GatewayStore } from '../gateway/gateway-store';
import type { Notice, Notify } from '../gateway/notice';
import { NoticeLog } from '../gateway/notice-log';
import type { ProofPolicy } from '../gateway/prover';
import { type StatusServer, serveStatus } from '../gateway/status-server';
import { withNativeSignatures } from '../native-signatures';
import { type ConsoleOptions, checkConsoleOptions, startConsole } from './gateway-console';
import {
  type ContractOptions,
  openChain,
  readBrokerTls,
  readContracts,
  readOperatorKey,
  readSubmitterKey,
} from './gateway-inputs';
import { type GatewayPageOptions, startPage } from './gateway-page';
import type { TlsChoice } from './meter-broker';
import type { Print } from './print';

export interface GatewayCommandOptions
  extends ContractOptions,
    ConsoleOptions,
    GatewayPageOptions,
    TlsChoice {
  readonly broker: string;
  readonly rpc: string;
  readonly chainId?: number;
  readonly key?: string;
  readonly submitterKey?: string;
  readonly state: string;
  readonly confirmations: number;
  readonly fromBlock: number;
  readonly batch: number;
  readonly longestWait: number;
  readonly prove: ProofPolicy;
  readonly maxGasPrice?: bigint;
  readonly metrics?: number;
  readonly metricsHost: string;
  readonly json?: true;
}

/** By MQTT 5, which tells of a refused message; the broker keeps the session however long we are away. */
const KEPT_SESSION = {
  clean: false,
  protocolVersion: 5,
  properties: { sessionExpiryInterval: 0xffff_ffff },
} as const;

/** Until a signal ends it. @throws UsageError, Failure; and whatever the store has failed with */
export async function runGateway(options: GatewayCommandOptions, print: Print): Promise<void> {
  checkConsoleOptions(options);
  const end = interrupted();
  const { tls, gateway: fixed } = await readFixed(options);
  const store = GatewayStore.open(options.state);
  let gateway: Gateway | undefined;
  const metrics = new GatewayMetrics(() => gateway);
  const log = new NoticeLog(print, options.json === true);
  const notify = (notice: Notice) => {
    metrics.note(notice);
    log.note(notice);
  };
  let status: StatusServer | undefined;
  let client: MqttClient | undefined;
  try {
    status = await serve(options, metrics, () => gateway);
    const clientId = `gateway-${fixed.chain.id}-${toHex(fixed.key.address)}`;
    client = connect(options.broker, { ...tls, clientId, ...KEPT_SESSION }, notify);
    const opening = Gateway.open({ ...fixed, ...tuning(options), store, client, notify });
    gateway = await Promise.race([opening, aborted(end)]);
    if (gateway !== undefined) await runShown(gateway, fixed, { options, tls, notify, end });
  } finally {
    status?.close();
    await client?.endAsync(true);
    await (gateway ?? store).close();
  }
}

/** What does not change while it runs. */
async function readFixed(options: GatewayCommandOptions) {
  const crypto = withNativeSignatures(createCrypto());
  const deployment = readContracts(options);
  const key = readOperatorKey(crypto, options.key);
  const payer = readSubmitterKey(crypto, options.submitterKey);
  const tls = readBrokerTls(options.broker, options);
  const chain = await openChain(options.rpc, options.chainId);
  const submitter = payer && privateKeyToAccount(bytesToHex(payer.privateKey));
  return { tls, gateway: { crypto, deployment, key, chain, ...(submitter && { submitter }) } };
}

function tuning(options: GatewayCommandOptions) {
  return {
    confirmations: options.confirmations,
    from: BigInt(options.fromBlock),
    batchSize: options.batch,
    longestWait: options.longestWait,
    policy: options.prove,
    ...(options.maxGasPrice !== undefined && { maxGasPrice: options.maxGasPrice }),
  };
}

interface BridgeParts {
  readonly options: GatewayCommandOptions;
  readonly tls: IClientOptions;
  readonly notify: Notify;
  readonly end: AbortSignal;
}

/** With the page beside it, where one is asked for. */
async function runShown(
  gateway: Gateway,
  fixed: Awaited<ReturnType<typeof readFixed>>['gateway'],
  parts: BridgeParts,
): Promise<void> {
  const { options, tls, notify } = parts;
  const page = await startPage(options, () => {
    const client = connect(options.broker, tls, () => {});
    return { ...fixed, gateway, client, notify };
  });
  if (page !== undefined) process.stderr.write(`page on ${page.url}\n`);
  try {
    await runBridged(gateway, fixed, parts);
  } finally {
    await page?.close();
  }
}

/** With the bridge to a Console beside it, where one is asked for. */
async function runBridged(
  gateway: Gateway,
  { chain, deployment }: Pick<GatewayOptions, 'chain' | 'deployment'>,
  { options, tls, notify, end }: BridgeParts,
): Promise<void> {
  if (options.console === undefined) return gateway.run(end);
  const { isForeignKey } = await import('../console/registered-key');
  const client = connect(options.broker, tls, () => {});
  const bridge = await startConsole(options, {
    client,
    chainId: chain.id,
    isForeignKey: (m3terId, publicKey) => isForeignKey(chain, deployment.registry, m3terId, publicKey),
    onReport: ({ what, m3terId }) =>
      notify({
        code: what === 'uplink' || what === 'answer' ? `console-${what}` : 'console-refused',
        ...(m3terId !== undefined && { m3terId }),
        detail: what,
      }),
  });
  try {
    await gateway.run(end);
  } finally {
    await bridge?.close();
    await client.endAsync(true);
  }
}

async function serve(
  { metrics: port, metricsHost: host }: GatewayCommandOptions,
  metrics: GatewayMetrics,
  gateway: () => Gateway | undefined,
): Promise<StatusServer | undefined> {
  if (port === undefined) return undefined;
  const server = await serveStatus({ host, port, metrics, gateway });
  process.stderr.write(`status on http://${host}:${server.port}/health and /metrics\n`);
  return server;
}

/** With a session that the broker keeps while we are away, or with none: as the options say. */
function connect(broker: string, options: IClientOptions, notify: Notify): MqttClient {
  const client = mqtt.connect(broker, { ...options, reconnectOnConnackError: true });
  let fault: string | undefined;
  client.on('connect', () => {
    fault = undefined;
    notify({ code: 'broker-connected' });
  });
  client.on('error', error => {
    fault = brokerFault(error);
    if (client.options.protocolVersion === 5 && isOfOlderBroker(error)) {
      client.options.protocolVersion = 4;
      return;
    }
    notify({ code: 'broker-failed', detail: fault });
  });
  client.on('offline', () => {
    if (fault === undefined) notify({ code: 'broker-failed', detail: 'not connected' });
  });
  return client;
}

/** It does not speak MQTT 5, in the words of 3.1.1 or its own. */
function isOfOlderBroker(error: Error): boolean {
  return error instanceof ErrorWithReasonCode && (error.code === 1 || error.code === 0x84);
}

function interrupted(): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  return end.signal;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
