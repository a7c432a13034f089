/** Makes what mcconfig is to link, for those who call mcconfig themselves. */
import { prebundle } from '../hosts/moddable/prebundle';
import { writeCryptoSource } from '../hosts/native/toolchain/crypto-source';

await prebundle();
writeCryptoSource();
