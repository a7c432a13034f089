import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { onFrames } from './frames';
import { useDark } from './theme';

/** A chart without its size. */
export type ChartOptions = Omit<uPlot.Options, 'width' | 'height'>;

interface ChartProps {
  /** What it shows, for who cannot see it. */
  readonly label: string;
  /** px; the width is the box's */
  readonly height: number;
  /** Makes the options, in the colours that hold now. Never changes as long as the chart is there. */
  readonly options: () => ChartOptions;
  /** Called before each frame: draws what is new, if anything is. Never changes either. */
  readonly draw: (plot: uPlot, at: number) => void;
}

/** A chart in a box of fixed height, which draws by itself and not when React does. */
export function Chart({ label, height, options, draw }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = useDark();
  // biome-ignore lint/correctness/useExhaustiveDependencies: in the dark, it is made anew for its colours
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const width = element.clientWidth;
    const made = options();
    const plot = new uPlot({ ...made, width, height }, made.series.map(() => []) as never, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    const stop = onFrames(at => draw(plot, at));
    return () => {
      stop();
      observer.disconnect();
      plot.destroy();
    };
  }, [height, options, draw, isDark]);
  return <div ref={box} className="chart" role="img" aria-label={label} style={{ height }} />;
}
