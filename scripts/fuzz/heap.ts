/** Bytes that live on after a collection, of V8's heap and outside of it. @throws Error without `--expose-gc` */
export function bytesInUse(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('heap: expected a process with --expose-gc');
  // the first only queues what has a finalizer
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
