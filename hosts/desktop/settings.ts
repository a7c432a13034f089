import type { Broker } from '../../firmware/link/uplink';
import { failure, type Result, success } from '../../firmware/result';
import { brokerAt } from '../broker-url';

/** The name of the PEM, in the state directory, of the only authority that a broker with TLS is trusted by. */
export const AUTHORITY_FILE = 'ca.pem';

/** What the manifest's `config` says, or `mcconfig … broker=URL state=DIR`. */
export interface DesktopSettings {
  readonly broker: Broker;
  /** Where flash, secret and link document are kept; with a separator at its end. */
  readonly state: string;
}

/**
 * Reads `broker`, a URL `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`, and `state`, a directory.
 * The fault is one line: what was expected, and what came.
 */
export function readSettings(config: Readonly<Record<string, unknown>>): Result<DesktopSettings, string> {
  const broker = brokerAt(String(config.broker));
  if (broker === undefined)
    return failure(`broker: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got ${config.broker}`);
  const { state } = config;
  if (typeof state !== 'string' || state === '')
    return failure(`state: expected a directory, got ${state === '' ? 'none' : state}`);
  return success({ broker, state: /[/\\]$/.test(state) ? state : `${state}/` });
}

/** Gives a broker with TLS the authority to trust, a PEM: there is no other. */
export function trusting(broker: Broker, authority: string | undefined): Result<Broker, string> {
  if (broker.tls === undefined) return success(broker);
  if (authority === undefined)
    return failure(`${AUTHORITY_FILE}: expected the authority of the broker's certificate, got no file`);
  return success({ ...broker, tls: { authority } });
}
