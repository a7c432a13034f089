import { createCrypto } from '../../../native/crypto/crypto';

Object.assign(globalThis, { createCrypto });
