/** An event of Chromium's trace; times in µs. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Of its thread alone, without what the machine did meanwhile */
  readonly tdur?: number;
}

/** How a page drew, as Chromium itself has written it down. */
export interface PageFrames {
  /** Frames a second */
  readonly rate: number;
  /** ms from one frame to the next, which 99 % of them keep to */
  readonly late: number;
  /** ms of its own time that the page's thread gave to one task at most */
  readonly longestTask: number;
}

/** What has to be traced. */
export const TRACED = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
] as const;

/**
 * Of the one page in the trace that has drawn by frames of its own.
 * @param trace JSON
 * @throws Error when no page has
 */
export function framesOf(trace: string): PageFrames {
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  const own = traceEvents.find(({ name }) => name === 'FireAnimationFrame');
  if (own === undefined) throw new Error('trace: expected a page that draws by frames, got none');
  const ofPage = traceEvents.filter(({ pid }) => pid === own.pid);
  const frames = ofPage.filter(({ name }) => name === 'DrawFrame').map(({ ts }) => ts / 1000);
  const tasks = ofPage.filter(({ name, tid }) => name === 'RunTask' && tid === own.tid);
  return {
    ...frameTimes(frames),
    longestTask: tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0),
  };
}

/** @param frames ms, of when they were drawn */
function frameTimes(frames: readonly number[]): Pick<PageFrames, 'rate' | 'late'> {
  const sorted = [...frames].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((time, index) => time - (sorted[index] as number));
  const late = gaps.sort((a, b) => a - b)[Math.ceil(0.99 * gaps.length) - 1] ?? Number.NaN;
  const span = ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1000;
  return { rate: gaps.length / span, late };
}
