import type { SigningKey } from '../attest/device-key';
import { LOGIN } from '../attest/signed-types';
import type { SigningDomain } from '../attest/signing-domain';
import { toHex } from '../bytes';
import type { Credentials } from './connection';

/** s */
const DAY = 86_400;

/**
 * The name and password of a device, so that a broker that knows the registry can check it without a list of passwords:
 * its address in lower case, `0x` first, and the signature of a `Login`, good for this broker and day. What it cannot
 * know from these, the m3terId, is in the client identifier.
 * @param broker the host's name as the meter was told it
 * @param time Unix seconds; undefined when unknown
 */
export function brokerLogin(
  domain: SigningDomain,
  key: SigningKey,
  m3terId: bigint,
  broker: string,
  time: number | undefined,
): Credentials {
  const login = { m3terId, device: key.address, broker, day: Math.floor((time ?? 0) / DAY) };
  const signature = domain.sign(LOGIN, login, key.privateKey);
  return { username: `0x${toHex(key.address)}`, password: `0x${toHex(signature)}` };
}
