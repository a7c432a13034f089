import { readdirSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import {
  type Hex,
  hashStruct,
  hashTypedData,
  hexToBytes,
  keccak256,
  recoverTypedDataAddress,
  type TypedDataDefinition,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { decodeEnvelope } from '../firmware/attest/envelope';
import { type AnyMessage, fieldNames } from '../firmware/attest/struct-type';
import { vectorFiles } from '../scripts/vectors/vector-files';
import { SIGNED_TYPES } from './support/messages';
import { hex, typedData } from './support/viem';
import { type CborItem, readCbor } from './vectors/cbor-reader';

interface Vector {
  readonly what: string;
  readonly domain: object;
  readonly message: Record<string, unknown>;
  readonly structHash: Hex;
  readonly digest: Hex;
  readonly privateKey: Hex;
  readonly address: Hex;
  readonly signature: Hex;
  /** Absent where the message does not travel in an envelope. */
  readonly cbor?: Hex;
}

interface VectorFile {
  readonly type: string;
  readonly typeString: string;
  readonly typeHash: Hex;
  readonly vectors: readonly Vector[];
}

interface Field {
  readonly name: string;
  readonly type: string;
}

/** Structs by their names. */
type Types = Record<string, readonly Field[]>;

const FOLDER = new URL('vectors/', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

/** What `Tariff(uint256 m3terId,Band[] bands)Band(uint16 factor)` says. */
function parseTypes(typeString: string): Types {
  const structs = [...typeString.matchAll(/(\w+)\(([^)]*)\)/g)];
  return Object.fromEntries(
    structs.map(([, name, fields = '']) => [
      name,
      fields.split(',').map(field => {
        const [type = '', fieldName = ''] = field.split(' ');
        return { name: fieldName, type };
      }),
    ]),
  );
}

/** A message as a vector has it, of what was read from CBOR. @throws Error when it does not have these fields */
function messageOf(types: Types, struct: string, map: CborItem | undefined): Record<string, unknown> {
  const fields = types[struct] as readonly Field[];
  if (!(map instanceof Map)) throw new Error(`${struct}: expected a map`);
  const keys = [...map.keys()].filter(key => key !== 0n);
  if (keys.length !== fields.length) throw new Error(`${struct}: expected ${fields.length} fields`);
  return Object.fromEntries(
    fields.map(({ name, type }, k) => [name, plain(types, type, map.get(BigInt(k + 1)))]),
  );
}

function plain(types: Types, type: string, item: CborItem | undefined): unknown {
  if (Array.isArray(item)) return item.map(element => messageOf(types, type.slice(0, -2), element));
  if (item instanceof Uint8Array) return toHex(item);
  if (typeof item !== 'bigint') return item;
  return type === 'uint64' || type === 'uint256' ? `${item}` : Number(item);
}

test('there is a file for each type that is signed, and each is what the generator makes', t => {
  const files = vectorFiles();
  const others = ['README.md', 'cbor-reader.ts', 'm3tering-v1.json', 'm3tering-v2.json', 'payload-reader.ts'];
  t.deepEqual(readdirSync(FOLDER).sort(), [...others, ...files.map(({ name }) => name)].sort());
  for (const { name, text } of files) t.is(read(name), text, name);
});

for (const type of SIGNED_TYPES) {
  const file: VectorFile = JSON.parse(read(`${type.name}.json`));
  const types = parseTypes(file.typeString);

  test(`viem hashes and signs each ${type.name} to what its vector says`, async t => {
    t.is(keccak256(toHex(file.typeString)), file.typeHash);
    t.true(file.vectors.length >= 5);
    for (const vector of file.vectors) await againstViem(t, file.type, types, vector);
  });

  if (type.name === 'Login') {
    test('a Login travels without its message', t => {
      t.true(file.vectors.every(({ cbor }) => cbor === undefined));
    });
    continue;
  }

  test(`another decoder reads from the CBOR of each ${type.name} the message and the signature`, t => {
    for (const { what, message, signature, cbor = '0x' } of file.vectors) {
      const map = readCbor(hexToBytes(cbor));
      t.deepEqual(messageOf(types, file.type, map), message, what);
      t.is(toHex((map as Map<bigint, Uint8Array>).get(0n) as Uint8Array), signature);
    }
  });

  test(`the firmware reads each ${type.name} as its vector says`, t => {
    for (const { what, message, signature, cbor = '0x' } of file.vectors) {
      const decoded = decodeEnvelope(type, hexToBytes(cbor));
      if (!decoded.ok) return t.fail(`${what}: ${decoded.fault}`);
      t.is(hex(decoded.value.signature), signature);
      const read = typedData(type, decoded.value.message as AnyMessage).message;
      t.deepEqual(
        JSON.parse(JSON.stringify(read, asText)),
        JSON.parse(JSON.stringify(message, asText)),
        what,
      );
      t.deepEqual(Object.keys(message), fieldNames(type));
    }
  });
}

async function againstViem(t: ExecutionContext, primaryType: string, types: Types, vector: Vector) {
  const { what, domain, message, structHash, digest, privateKey, address, signature } = vector;
  const typedData = { domain, types, primaryType, message } as unknown as TypedDataDefinition;
  const account = privateKeyToAccount(privateKey);
  t.is(account.address, address, what);
  t.is(hashStruct({ data: message, types, primaryType } as never), structHash, what);
  t.is(hashTypedData(typedData), digest, what);
  t.is(await account.signTypedData(typedData), signature, what);
  t.is(await recoverTypedDataAddress({ ...typedData, signature }), address, what);
}

/** Numbers of any kind in the same words. */
function asText(_key: string, value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'bigint' ? `${value}` : value;
}
