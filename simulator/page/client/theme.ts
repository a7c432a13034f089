import { useSyncExternalStore } from 'react';

const DARK = matchMedia('(prefers-color-scheme: dark)');
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/** Whether the style sheet's dark colours hold. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => DARK.matches);
}

function subscribe(listener: () => void): () => void {
  DARK.addEventListener('change', listener);
  return () => DARK.removeEventListener('change', listener);
}

/** Whether nothing should glide. */
export function prefersStill(): boolean {
  return STILL.matches;
}

/** A colour of the style sheet, for what draws by itself. @param name `--import` */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
