import type { FirmwareRelease } from '../attest/signed-types';
import { equal } from '../bytes';
import type { Clock, Crypto, Network, Timer, TlsOptions, Update } from '../host';
import { Backoff } from '../link/backoff';
import { type DownloadFault, download } from './http-download';
import { parseReleaseUrl, type ReleaseUrl } from './release-url';

/**
 * `no-room`: the image is larger than the slot. `write-failed`: the flash, or it begins like none. `wrong-hash`: not the
 * image of the release. `invalid-image`: as released, but none that this chip starts. Else why the last connection ended.
 */
export type UpdateFault = DownloadFault | 'no-room' | 'write-failed' | 'wrong-hash' | 'invalid-image';

/** ms in which an image must come, with all interruptions: a slow server, or a broken line, gets a day. */
export const DEADLINE = 86_400_000;

export interface ReceptionPorts {
  readonly update: Update;
  readonly network: Network;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/**
 * Receives the image of a release into the slot, over as many connections as it takes. Until it is whole and the one that
 * was released, nothing of it counts.
 * @param release verified
 * @param tls whom to trust on https
 * @param onEnd the image is the next to start, or why not
 * @returns gives it up, before its end
 */
export function receive(
  ports: ReceptionPorts,
  release: FirmwareRelease,
  tls: TlsOptions,
  onEnd: (fault: UpdateFault | undefined) => void,
): () => void {
  const { update, clock, crypto } = ports;
  const url = parseReleaseUrl(release.url) as ReleaseUrl;
  const backoff = new Backoff(crypto);
  /** Bytes, 0 before it is known */
  let size = 0;
  let received = 0;
  let last: UpdateFault = 'timeout';
  let pause: Timer | undefined;
  let disconnect: (() => void) | undefined;

  const stop = () => {
    disconnect?.();
    pause?.cancel();
    deadline.cancel();
  };
  const end = (fault: UpdateFault | undefined) => {
    stop();
    if (fault !== undefined) update.abandon();
    onEnd(fault);
  };
  const deadline = clock.after(DEADLINE, () => end(last));
  const install = () => {
    if (!equal(update.digest(), release.hash)) end('wrong-hash');
    else end(update.finish() ? undefined : 'invalid-image');
  };
  const connect = () => {
    disconnect = download(ports, {
      url,
      ...(url.isSecure && { tls }),
      from: received,
      onSize: told => {
        const isFirst = size === 0;
        if (isFirst && update.begin(told)) size = told;
        // A file that is of another size than before is another file.
        if (size !== told) end(isFirst ? 'no-room' : 'wrong-hash');
      },
      onPiece: piece => {
        received += piece.length;
        backoff.reset();
        if (!update.write(piece)) end('write-failed');
        else if (received === size) install();
      },
      onEnd: fault => {
        last = fault;
        pause = clock.after(backoff.next(), connect);
      },
    });
  };

  connect();
  return () => {
    stop();
    update.abandon();
  };
}
