import { addressText } from '../../firmware/attest/address';
import { signingKey } from '../../firmware/attest/device-key';
import { encodeType, StructHasher } from '../../firmware/attest/eip712';
import { encodeEnvelope } from '../../firmware/attest/envelope';
import { LOGIN } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import {
  type AnyMessage,
  type FieldType,
  fieldNames,
  fieldType,
  type StructType,
} from '../../firmware/attest/struct-type';
import { ascii } from '../../firmware/bytes';
import { crypto, REGISTRY, SIGNED_TYPES } from '../../test/support/messages';
import { hex } from '../../test/support/viem';
import { type Sample, samplesOf } from './samples';

const CHAIN_ID = 100;
const DOMAIN = {
  name: 'M3ter',
  version: '1',
  chainId: CHAIN_ID,
  verifyingContract: addressText(crypto, REGISTRY),
};
/** That of the examples in EIP-712: everybody has it. */
const TEST_KEY = signingKey(crypto, crypto.keccak256(ascii('cow')));
const domain = new SigningDomain(crypto, { chainId: CHAIN_ID, registry: REGISTRY });
const hasher = new StructHasher(crypto.keccak256);

/** The files of test/vectors, each with its name there. The same at any time. */
export function vectorFiles(): readonly { readonly name: string; readonly text: string }[] {
  return SIGNED_TYPES.map(type => ({
    name: `${type.name}.json`,
    text: `${JSON.stringify(fileOf(type), null, 2)}\n`,
  }));
}

function fileOf(type: StructType) {
  const typeString = encodeType(type);
  return {
    type: type.name,
    typeString,
    typeHash: hex(crypto.keccak256(ascii(typeString))),
    vectors: samplesOf(type).map(sample => vectorOf(type, sample)),
  };
}

function vectorOf(type: StructType, { what, message }: Sample) {
  if (!TEST_KEY.ok) throw new Error(TEST_KEY.fault);
  const { privateKey, address } = TEST_KEY.value;
  const digest = domain.digest(type, message as never);
  const signature = crypto.sign(digest, privateKey);
  return {
    what,
    domain: DOMAIN,
    message: plainMessage(type, message),
    structHash: hex(hasher.hash(type, message)),
    digest: hex(digest),
    privateKey: hex(privateKey),
    address: addressText(crypto, address),
    signature: hex(signature),
    // that one travels as the password of MQTT, without its message
    ...(type !== LOGIN && { cbor: hex(encodeEnvelope(type, message as never, signature)) }),
  };
}

/** As JSON can say it: bytes in hex, and integers in decimal digits where a JSON number might round them. */
function plainMessage(type: StructType, message: AnyMessage): Record<string, unknown> {
  return Object.fromEntries(
    fieldNames(type).map(name => [name, plainValue(fieldType(type, name), message[name])]),
  );
}

function plainValue(type: FieldType, value: unknown): unknown {
  if (typeof type !== 'string')
    return (value as readonly AnyMessage[]).map(element => plainMessage(type[0], element));
  if (value instanceof Uint8Array) return hex(value);
  return type === 'uint64' || type === 'uint256' ? String(value) : value;
}
