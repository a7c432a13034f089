import test from 'ava';
import fc from 'fast-check';
import { hashTypedData, recoverTypedDataAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { addressText } from '../../../firmware/attest/address';
import { encodeType } from '../../../firmware/attest/eip712';
import { CREDIT, TARIFF } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { anyMessage, anyOther, crypto, key, REGISTRY, SIGNED_TYPES } from '../../support/messages';
import { hex, typedData } from '../../support/viem';

const domain = new SigningDomain(crypto, { chainId: 100, registry: REGISTRY });
const signer = key(77);
const account = privateKeyToAccount(hex(signer.privateKey));

for (const type of SIGNED_TYPES) {
  test(`the digest of any ${type.name} is the one that viem computes`, t => {
    fc.assert(
      fc.property(anyMessage(type), message => {
        t.is(hex(domain.digest(type, message as never)), hashTypedData(typedData(type, message)));
      }),
      { numRuns: 50 },
    );
  });

  test(`viem signs any ${type.name} to the same 65 bytes and recovers our address from them`, async t => {
    await fc.assert(
      fc.asyncProperty(anyMessage(type), async message => {
        const signature = hex(domain.sign(type, message as never, signer.privateKey));
        t.is(await account.signTypedData(typedData(type, message)), signature);
        const address = await recoverTypedDataAddress({ ...typedData(type, message), signature });
        t.is<string, string>(address, addressText(crypto, signer.address));
      }),
      { numRuns: 8 },
    );
  });

  for (const [name, fieldType] of Object.entries(type.fields)) {
    test(`a ${type.name} whose ${name} was changed has another signer`, t => {
      const changed = anyMessage(type).chain(message =>
        anyOther(fieldType, message[name]).map(other => [message, { ...message, [name]: other }] as const),
      );
      fc.assert(
        fc.property(changed, ([message, other]) => {
          const signature = domain.sign(type, message as never, signer.privateKey);
          t.deepEqual(domain.signer(type, message as never, signature), signer.address);
          t.notDeepEqual(domain.signer(type, other as never, signature), signer.address);
        }),
        { numRuns: 3 },
      );
    });
  }
}

test('a signature for one chain or registry has another signer on another', t => {
  const message = { m3terId: 7n, credited: 2_000_000, withdrawn: 0 };
  const signature = domain.sign(CREDIT, message, signer.privateKey);
  for (const other of [
    { chainId: 1, registry: REGISTRY },
    { chainId: 100, registry: new Uint8Array(20) },
  ])
    t.notDeepEqual(new SigningDomain(crypto, other).signer(CREDIT, message, signature), signer.address);
});

test('a struct that refers to others lists them behind itself, as EIP-712 says', t => {
  t.is(
    encodeType(TARIFF),
    'Tariff(uint256 m3terId,uint32 version,uint64 validFrom,uint16 feedInFactor,Band[] bands)' +
      'Band(uint16 fromMinute,uint16 toMinute,uint8 days,uint16 factor)',
  );
});

test('signing a value that does not fit its field names field, type and value', t => {
  const sign = (credited: number) => () => domain.digest(CREDIT, { m3terId: 7n, credited, withdrawn: 0 });
  for (const credited of [-1, 0.5, Number.NaN, 2 ** 53])
    t.throws(sign(credited), {
      instanceOf: RangeError,
      message: `Credit.credited: expected uint64, got ${credited}`,
    });
});
