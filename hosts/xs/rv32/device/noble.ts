import { createCrypto } from '../../../node/crypto';

Object.assign(globalThis, { createCrypto });
