import type { Command, Stream } from './console-shell';
import type { WindowTap } from './window-tap';

/** Ten minutes. */
const MOST_WINDOWS = 3000;

/**
 * `windows N`: the next N windows that the line has room for, each as one line of JSON, and then `{"windows":N}`. A
 * sensor's fault is a line of its own, `{"fault":"saturation"}`. A line too slow for every window gets fewer of them:
 * each stands by itself.
 */
export function windowsCommand(tap: WindowTap): Command {
  return {
    usage: 'N',
    help: 'the sums of the next N windows, to calibrate; any key ends it',
    run: words => {
      const [word = '', ...others] = words;
      const count = /^\d{1,4}$/.test(word) && others.length === 0 ? Number(word) : 0;
      if (count < 1 || count > MOST_WINDOWS)
        return [`windows: expected 1 to ${MOST_WINDOWS}, got ${words.join(' ').slice(0, 20) || 'nothing'}`];
      // What has no samples to capture gives no windows either.
      return tap.capture === undefined
        ? ['windows: expected a sensor that samples, got a chip that measures by itself']
        : windowStream(tap, count);
    },
  };
}

function windowStream(tap: WindowTap, count: number): Stream {
  let printed = 0;
  let end = () => {};
  const finish = () => {
    tap.listen(undefined);
    end();
  };
  return {
    start: (print, onEnd) => {
      end = () => onEnd([`{"windows":${printed}}`]);
      tap.listen({
        onWindow: ({ phases, samples, cycles, duration, cycleSpan, gap }) => {
          const line = JSON.stringify({ phases, samples, cycles, duration, cycleSpan, gap });
          if (print(line) && ++printed === count) finish();
        },
        onFault: fault => void print(JSON.stringify({ fault })),
      });
    },
    stop: finish,
  };
}
