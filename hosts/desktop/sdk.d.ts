/**
 * What this host alone uses of the Moddable SDK 8.2, whose own typings are only where it is installed; what the
 * boards use too is in hosts/moddable.d.ts.
 */

declare module 'commodetto/parseBMF' {
  export interface Font {
    readonly height: number;
  }
  export default function parseBMF(resource: unknown): Font;
}

declare module 'commodetto/Poco' {
  import type { Font } from 'commodetto/parseBMF';
  import type { Canvas } from './screen';

  const Poco: new (screen: unknown, options: { readonly displayListLength: number }) => Canvas<Font>;
  export default Poco;
}

declare module 'file' {
  import type { Files } from './files';
  export const File: Files['File'];
  export const Directory: Files['Directory'];
}

declare module 'Resource' {
  const Resource: new (name: string) => unknown;
  export default Resource;
}
