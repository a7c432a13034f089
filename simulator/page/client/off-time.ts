import type uPlot from 'uplot';
import type { ChosenMoment } from './chosen-moment';
import type { OffSpan } from './off-spans';
import { colour } from './theme';
import { supplyWords } from './words';

/** px of the pattern, and the least that a time without supply is drawn wide: a short one must be found too */
const TILE = 8;
const LEAST_WIDTH = 2;
/** px */
const LABEL_PADDING = 5;

interface OffTimeOptions {
  readonly spans: () => readonly OffSpan[];
  readonly moment: ChosenMoment;
  /** Whether it writes the reasons, too. */
  readonly isLabelled: boolean;
}

/** Hatches the times without supply, marks the moment that is looked at, and lets a pointer choose it. */
export function offTime({ spans, moment, isLabelled }: OffTimeOptions): uPlot.Plugin {
  let fills: Fills | undefined;
  return {
    hooks: {
      init: plot => {
        fills = fillsOf(plot.ctx);
        followPointer(plot, moment);
      },
      drawClear: plot => {
        if (fills !== undefined) for (const span of spans()) hatch(plot, span, fills);
      },
      draw: plot => {
        if (fills === undefined) return;
        if (isLabelled) for (const span of spans()) label(plot, span, fills);
        markMoment(plot, moment.get(), fills);
      },
    },
  };
}

/** Looked up once: a chart is made anew for other colours. */
interface Fills {
  readonly area: string;
  readonly hatching: CanvasPattern | string;
  readonly surface: string;
  readonly text: string;
  readonly mark: string;
}

function fillsOf(ctx: CanvasRenderingContext2D): Fills {
  return {
    area: colour('--off-area'),
    hatching: hatching(ctx) ?? colour('--off-line'),
    surface: colour('--surface'),
    text: colour('--bad'),
    mark: colour('--ink'),
  };
}

function followPointer(plot: uPlot, moment: ChosenMoment): void {
  const choose = ({ clientX }: PointerEvent) => {
    const { left } = plot.over.getBoundingClientRect();
    moment.choose(plot.posToVal(clientX - left, 'x'));
  };
  plot.over.addEventListener('pointerdown', choose);
  plot.over.addEventListener('pointermove', choose);
  // a finger that is lifted leaves its mark
  plot.over.addEventListener('pointerleave', ({ pointerType }) => {
    if (pointerType === 'mouse') moment.choose(undefined);
  });
}

/** Where a span lies on the canvas, if it does. */
function placeOf(
  plot: uPlot,
  { from, to }: OffSpan,
): { readonly left: number; readonly width: number } | undefined {
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  if (min === null || max === null || to < min || from > max) return undefined;
  const left = plot.valToPos(Math.max(min, from), 'x', true);
  const right = plot.valToPos(Math.min(max, to), 'x', true);
  return { left, width: Math.max(LEAST_WIDTH * devicePixelRatio, right - left) };
}

function hatch(plot: uPlot, span: OffSpan, fills: Fills): void {
  const place = placeOf(plot, span);
  if (place === undefined) return;
  const { ctx, bbox } = plot;
  for (const fill of [fills.area, fills.hatching]) {
    ctx.fillStyle = fill;
    ctx.fillRect(place.left, bbox.top, place.width, bbox.height);
  }
}

/** Oblique lines: seen without colours too. */
function hatching(ctx: CanvasRenderingContext2D): CanvasPattern | undefined {
  const side = TILE * devicePixelRatio;
  const tile = new OffscreenCanvas(side, side);
  const draw = tile.getContext('2d');
  if (draw === null) return undefined;
  draw.strokeStyle = colour('--off-line');
  draw.lineWidth = devicePixelRatio;
  for (const shift of [-side, 0, side]) {
    draw.moveTo(shift, side);
    draw.lineTo(shift + side, 0);
  }
  draw.stroke();
  return ctx.createPattern(tile, 'repeat') ?? undefined;
}

/** The reason, where there is room for it. */
function label(plot: uPlot, span: OffSpan, fills: Fills): void {
  const place = placeOf(plot, span);
  if (place === undefined) return;
  const { ctx, bbox } = plot;
  const text = supplyWords(span.reason).brief;
  const padding = LABEL_PADDING * devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
  const { width } = ctx.measureText(text);
  if (width + 2 * padding <= place.width) {
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.fillStyle = fills.surface;
    ctx.fillRect(place.left + padding / 2, bbox.top + padding / 2, width + padding, 15 * devicePixelRatio);
    ctx.fillStyle = fills.text;
    ctx.fillText(text, place.left + padding, bbox.top + padding);
  }
  ctx.restore();
}

function markMoment(plot: uPlot, time: number | undefined, fills: Fills): void {
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  if (time === undefined || min === null || max === null || time < min || time > max) return;
  const { ctx, bbox } = plot;
  ctx.fillStyle = fills.mark;
  ctx.fillRect(
    Math.round(plot.valToPos(time, 'x', true)),
    bbox.top,
    Math.max(1, devicePixelRatio),
    bbox.height,
  );
}
