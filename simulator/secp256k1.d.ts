/** What is used of the npm package, which has no typings. Sizes in bytes: digest 32, private key 32, signature 64. */
declare module 'secp256k1' {
  const secp256k1: {
    ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
    /** 65 bytes when not compressed. @throws Error when there is none */
    ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, isCompressed: boolean): Uint8Array;
  };
  export default secp256k1;
}
