/** Called with the browser's clock, ms. */
export type OnFrame = (at: number) => void;

const callbacks = new Set<OnFrame>();
let isAsked = false;

function ask(): void {
  if (isAsked || callbacks.size === 0) return;
  isAsked = true;
  requestAnimationFrame(run);
}

function run(at: number): void {
  isAsked = false;
  for (const callback of callbacks) callback(at);
  ask();
}

/** Calls back before each frame, all callers in one turn; returns how to stop. */
export function onFrames(callback: OnFrame): () => void {
  callbacks.add(callback);
  ask();
  return () => callbacks.delete(callback);
}
