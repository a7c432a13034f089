import { parseAddress } from '../../firmware/attest/address';
import { LOGIN } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { fits } from '../../firmware/attest/struct-type';
import { equal, fromHex, toHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import { failure, type Result, success } from '../../firmware/result';

/*
 * For whoever runs a broker: how its auth hook checks a meter without a list of passwords. A meter connects with
 *   client identifier  m3ter-{m3terId, decimal}-{address of its device, 40 hex digits}
 *   user name          0x and the same address, in lower case
 *   password           0x and 130 hex digits: the EIP-712 signature, in the domain of the registry, of
 *                      Login(uint256 m3terId,address device,string broker,uint32 day)
 * where `broker` is the host's name that the meter connects to, and `day` its days since 1970 (UTC), or 0 while it does
 * not know the time. Whoever overhears a password can use it for as long: let meters in by TLS only.
 */

/** What the client identifiers of meters begin with, and no others may. */
export const METER_CLIENT = 'm3ter-';
const CLIENT_ID = /^m3ter-(\d{1,78})-([0-9a-f]{40})$/;
const SECONDS_A_DAY = 86_400;
const SIGNATURE_LENGTH = 65;

export interface LoginTerms {
  /** Of the registry whose meters are let in. */
  readonly domain: SigningDomain;
  /** The names that meters are told to connect to. */
  readonly names: readonly string[];
  /** Unix seconds */
  readonly now: () => number;
  /** Whether this is the M3ter's device, 20 bytes, as the registry has it. */
  readonly isLinked: (m3terId: bigint, device: Uint8Array) => boolean;
}

/** What a CONNECT says. */
export interface LoginAttempt {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

/**
 * `malformed`: not in the form that meters log in with. `wrong-signature`: not by this device, for this broker and today,
 * yesterday or tomorrow, since clocks differ. `not-linked`: by a device that is not that M3ter's.
 */
export type LoginFault = 'malformed' | 'wrong-signature' | 'not-linked';

/** Who somebody says that he is. */
export interface ClaimedMeter {
  readonly m3terId: bigint;
  /** 20 bytes */
  readonly device: Uint8Array;
}

/** The meter that a client identifier and a user name tell of; undefined when they are not in the form of meters. */
export function claimedMeter(
  crypto: Crypto,
  { clientId, username }: Pick<LoginAttempt, 'clientId' | 'username'>,
): ClaimedMeter | undefined {
  const [, id = '', address] = CLIENT_ID.exec(clientId) ?? [];
  const device = parseAddress(crypto, username);
  const m3terId = BigInt(id);
  if (device === undefined || toHex(device) !== address || !fits('uint256', m3terId)) return undefined;
  return { m3terId, device };
}

/** Who it is that logs in: its m3terId. A login without a time, of day 0, is a `wrong-signature`, for it never lapses. */
export function checkLogin(attempt: LoginAttempt, terms: LoginTerms): Result<bigint, LoginFault> {
  const { domain, names, now, isLinked } = terms;
  const claim = claimedMeter(domain.crypto, attempt);
  const signature = fromHex(attempt.password);
  if (claim === undefined || signature?.length !== SIGNATURE_LENGTH) return failure('malformed');
  const { m3terId, device } = claim;
  const today = Math.floor(now() / SECONDS_A_DAY);
  const isSigned = names.some(broker =>
    [today, today - 1, today + 1].some(day => {
      const signer = domain.signer(LOGIN, { m3terId, device, broker, day }, signature);
      return signer !== undefined && equal(signer, device);
    }),
  );
  if (!isSigned) return failure('wrong-signature');
  return isLinked(m3terId, device) ? success(m3terId) : failure('not-linked');
}

/** In place of a registry: the first device that logs in as a M3ter is that M3ter's. */
export function firstCome(): LoginTerms['isLinked'] {
  const devices = new Map<bigint, Uint8Array>();
  return (m3terId, device) => {
    const known = devices.get(m3terId) ?? device;
    devices.set(m3terId, known);
    return equal(known, device);
  };
}
