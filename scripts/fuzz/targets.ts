import type { Target } from './target';
import { cborTarget } from './targets/cbor';
import { directiveTarget } from './targets/directive';
import { documentTarget } from './targets/document';
import { entryTarget } from './targets/entry';
import { envelopeTarget } from './targets/envelope';
import { ledgerTarget } from './targets/ledger';
import { logTarget } from './targets/log';
import { mqttTarget } from './targets/mqtt';
import { payloadTarget } from './targets/payload';
import { sessionTarget } from './targets/session';
import { signedTarget } from './targets/signed';
import { telemetryTarget } from './targets/telemetry';

interface TargetRule {
  make(): Target;
  /** Of all inputs, thousandths: few where each takes long */
  readonly share: number;
}

export type TargetName =
  | 'directive'
  | 'signed'
  | 'envelope'
  | 'cbor'
  | 'telemetry'
  | 'entry'
  | 'mqtt'
  | 'session'
  | 'ledger'
  | 'log'
  | 'document'
  | 'payload';

export const TARGETS: { readonly [name in TargetName]: TargetRule } = {
  directive: { make: directiveTarget, share: 200 },
  signed: { make: signedTarget, share: 15 },
  envelope: { make: envelopeTarget, share: 165 },
  cbor: { make: cborTarget, share: 150 },
  telemetry: { make: telemetryTarget, share: 90 },
  entry: { make: entryTarget, share: 70 },
  mqtt: { make: mqttTarget, share: 140 },
  session: { make: sessionTarget, share: 60 },
  ledger: { make: ledgerTarget, share: 25 },
  log: { make: logTarget, share: 25 },
  document: { make: documentTarget, share: 40 },
  payload: { make: payloadTarget, share: 20 },
};

export const TARGET_NAMES = Object.keys(TARGETS) as readonly TargetName[];
