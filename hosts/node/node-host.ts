import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Host, RelayDriver, Sensor } from '../../firmware/host';
import { createCrypto } from './crypto';
import { openFlash } from './flash';
import { NodeNetwork } from './network';
import { FileSecretStore } from './secrets';

/** What differs from one meter on Node to the next. */
export interface NodeHostParts {
  readonly clock: Clock;
  readonly sensor: Sensor;
  readonly relay: RelayDriver;
}

/** A meter's host whose flash and secret are files in a directory, which is its own until `close`. */
export interface NodeHost extends Host {
  close(): void;
}

/** @throws Error when the directory cannot be made or written, or another live process has it. */
export function openNodeHost(directory: string, parts: NodeHostParts): NodeHost {
  mkdirSync(directory, { recursive: true });
  const crypto = createCrypto();
  const flash = openFlash(directory);
  const secrets = new FileSecretStore(join(directory, 'seed'), crypto.random);
  return { ...parts, flash, secrets, crypto, network: new NodeNetwork(), close: () => flash.close() };
}
