/** Rewrites the worked examples of README.md: one of each signed type that is in use, by keys that everyone knows. */

import { addressText } from '../firmware/attest/address';
import { type SigningKey, signingKey } from '../firmware/attest/device-key';
import { encodeEnvelope } from '../firmware/attest/envelope';
import { detailText, EVENT_CODES } from '../firmware/attest/event';
import {
  ACKNOWLEDGEMENT,
  CREDIT,
  EVENT,
  FACTORY_RESET,
  FIRMWARE_RELEASE,
  LINK,
  POLICY,
  READING,
  ROLES,
  SUPPLY_ORDER,
  TARIFF,
} from '../firmware/attest/signed-types';
import { SigningDomain } from '../firmware/attest/signing-domain';
import { statusWord } from '../firmware/attest/status';
import { type Message, type StructType, typeName } from '../firmware/attest/struct-type';
import { encodeTelemetry } from '../firmware/attest/telemetry';
import { fromHex, toHex } from '../firmware/bytes';
import { INITIAL_POLICY } from '../firmware/ledger/policy';
import { meterTopic } from '../firmware/link/topics';
import { createCrypto } from '../hosts/node/crypto';
import { replaceSection } from './readme-section';

const crypto = createCrypto();
const CHAIN = 100;
const REGISTRY = bytes('39fb420bd583ccc8afd1a1eace2907fe300abd02');
const domain = new SigningDomain(crypto, { chainId: CHAIN, registry: REGISTRY });
const [owner, operator, device] = [key(1), key(2), key(3)];
const m3terId = 7n;

const measurement = {
  phases: [
    {
      voltage: 230.4,
      current: 5.012,
      activePower: 923.8,
      reactivePower: 692.9,
      apparentPower: 1154.8,
      powerFactor: 0.8,
    },
  ],
  frequency: 50.01,
  duration: 200_000,
};
const status = {
  relayClosed: true,
  timeUnknown: false,
  lowBalance: false,
  ledgerFault: false,
  sensorFault: false,
  criticalBalance: false,
  tariffUncertain: false,
  tampered: false,
  reason: 'supplied',
} as const;
const telemetry = encodeTelemetry(2, 1_780_301_700, measurement);

const EXAMPLES: readonly string[] = [
  example('Link', 'link', 'device → registry: "I am this M3ter". Retained.', LINK, device, {
    m3terId,
    device: device.address,
  }),
  example(
    'Credit',
    'credit',
    'owner or operator → meter: energy bought and withdrawn in total, ever, in mWh. Retained.',
    CREDIT,
    operator,
    {
      m3terId,
      credited: 2_000_000,
      withdrawn: 0,
    },
  ),
  example(
    'Tariff',
    'tariff',
    'owner or operator → meter: what energy weighs on the balance, in thousandths, by local time; `days` bit 0 is Monday; the first band that holds counts, outside of all it is 1000. Of what is exported `feedInFactor` is earned. Retained.',
    TARIFF,
    operator,
    {
      m3terId,
      version: 1,
      validFrom: 0,
      feedInFactor: 800,
      bands: [
        { fromMinute: 1020, toMinute: 1320, days: 31, factor: 1500 },
        { fromMinute: 0, toMinute: 360, days: 127, factor: 700 },
      ],
    },
  ),
  example(
    'SupplyOrder',
    'supply',
    'owner or operator → meter: `state` 0 is off, 1 on; `powerLimit` in W and `until` in Unix seconds, 0 for none. Retained.',
    SUPPLY_ORDER,
    operator,
    {
      m3terId,
      version: 1,
      state: 1,
      powerLimit: 1500,
      until: 1_780_387_200,
    },
  ),
  example(
    'Policy',
    'policy',
    'owner → meter: what it may do and how it judges; the table below says what each field means. Retained.',
    POLICY,
    owner,
    { m3terId, ...INITIAL_POLICY, version: 1 },
  ),
  example('Roles', 'roles', 'present owner → meter: whom it obeys from now on. Retained.', ROLES, owner, {
    m3terId,
    version: 2,
    owner: owner.address,
    operator: operator.address,
  }),
  example(
    'FactoryReset',
    'reset',
    'owner → meter: it forgets its name and whom it obeys, and supplies nothing; what it has counted stays. Retained.',
    FACTORY_RESET,
    owner,
    { m3terId, version: 3 },
  ),
  example(
    'FirmwareRelease',
    'firmware',
    'owner → meter: the firmware to fetch, whose SHA-256 is `hash`, and to keep if it proves itself; version 0.2.0 is 512. Retained.',
    FIRMWARE_RELEASE,
    owner,
    { m3terId, version: 512, hash: crypto.sha256(bytes('03')), url: 'https://firmware.example/m3ter.bin' },
  ),
  example(
    'Reading',
    'reading',
    'meter → all: its registers in mWh, chained to the reading before. QoS 1, kept on flash until acknowledged.',
    READING,
    device,
    {
      m3terId,
      sequence: 2,
      timestamp: 1_780_301_700,
      imported: 812_345,
      exported: 0,
      debited: 812_345,
      credited: 2_000_000,
      withdrawn: 0,
      feedIn: 0,
      status: statusWord(status),
      telemetry: crypto.keccak256(telemetry),
      previous: crypto.keccak256(bytes('01')),
    },
  ),
  example(
    'Acknowledgement',
    'acknowledged',
    'owner or operator → meter: every reading up to here is kept for good. Retained.',
    ACKNOWLEDGEMENT,
    operator,
    {
      m3terId,
      sequence: 2,
    },
  ),
  example(
    'Event',
    'event',
    'meter → all: an entry of its event log, chained to the event before. QoS 1.',
    EVENT,
    device,
    {
      m3terId,
      sequence: 5,
      timestamp: 1_780_311_897,
      code: EVENT_CODES.supplyOpened,
      detail: detailText('exhausted'),
      previous: crypto.keccak256(bytes('02')),
    },
  ),
];

function example<Struct extends StructType>(
  title: string,
  stream: string,
  text: string,
  type: Struct,
  signer: SigningKey,
  message: Message<Struct>,
): string {
  const digest = domain.digest(type, message);
  const payload = encodeEnvelope(type, message, crypto.sign(digest, signer.privateKey));
  const shown = {
    topic: meterTopic(CHAIN, m3terId, stream),
    payload: toHex(payload),
    message: Object.fromEntries(Object.entries(message).map(([name, value]) => [name, plain(value)])),
    digest: `0x${toHex(digest)}`,
    signer: addressText(crypto, signer.address),
  };
  const fields = Object.entries(type.fields)
    .map(([name, fieldType]) => `${typeName(fieldType)} ${name}`)
    .join(', ');
  return `#### ${title}\n\n${text}\n\n    ${title}(${fields})\n\n\`\`\`json\n${JSON.stringify(shown, null, 2)}\n\`\`\``;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return value.length === 20 ? addressText(crypto, value) : `0x${toHex(value)}`;
  return typeof value === 'bigint' ? Number(value) : value;
}

/** A key whose private half is a small number. */
function key(number: number): SigningKey {
  const made = signingKey(crypto, bytes(number.toString(16).padStart(64, '0')));
  if (!made.ok) throw new Error(made.fault);
  return made.value;
}

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (read === undefined) throw new Error(`expected hex, got ${hex}`);
  return read;
}

replaceSection('README.md', 'examples', EXAMPLES.join('\n\n'));
