import { type KeyboardEvent, useEffect, useState, useSyncExternalStore } from 'react';
import { formatDate } from '../../view/format';
import type { MeterView } from '../page-state';
import { Choice } from './choice';
import type { ChosenMoment } from './chosen-moment';
import type { PageConnection } from './connection';
import { HistoryCharts } from './history-charts';
import { type HistorySpan, SPANS } from './history-span';
import { momentText, nowText } from './moment-text';
import { Panel } from './panel';

interface HistoryPanelProps {
  readonly meter: MeterView;
  readonly connection: PageConnection;
  readonly moment: ChosenMoment;
}

const CHOICES = (['recent', 'days'] as const).map(span => [SPANS[span].name, span] as const);

/** Power, balance and voltage over time with the times without supply: what happened, when, and why. */
export function HistoryPanel({ meter, connection, moment }: HistoryPanelProps) {
  const [span, setSpan] = useState<HistorySpan>('recent');
  // an event that was chosen is to be seen
  useEffect(
    () =>
      moment.subscribe(() => {
        if ((moment.get() ?? Number.POSITIVE_INFINITY) < connection.recent.last - SPANS.recent.length)
          setSpan('days');
      }),
    [moment, connection],
  );
  const choose = <Choice<HistorySpan> label="Span" choices={CHOICES} value={span} choose={setSpan} />;
  return (
    <Panel title="History" name="history" aside={choose}>
      <p className="legend">
        <span className="key import">import</span>
        <span className="key export">export</span>
        <span className="key balance">balance</span>
        <span className="key voltage">voltage</span>
        <span className="key without">without supply</span>
      </p>
      <Readout span={span} meter={meter} connection={connection} moment={moment} />
      <HistoryCharts key={span} span={span} connection={connection} supply={meter.supply} moment={moment} />
    </Panel>
  );
}

interface ReadoutProps extends HistoryPanelProps {
  readonly span: HistorySpan;
}

/** What holds now, or at the moment that is looked at: a pointer on the charts chooses it, or the arrow keys here. */
function Readout({ span, meter, connection, moment }: ReadoutProps) {
  const time = useSyncExternalStore(moment.subscribe, moment.get);
  const tail = connection[span];
  const { length, step, reach, words } = SPANS[span];
  const end = connection.endOf(span);
  const isPast = time !== undefined && time < end && time >= end - length;
  const { when, figures, why } = isPast
    ? momentText(time, tail, meter, { reach, today: formatDate(end) })
    : nowText(meter);
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, isPast ? time : end, { first: end - length, end, step, meter });
    if (target === 'none') return;
    event.preventDefault();
    moment.choose(target);
  };
  return (
    <div
      className="readout"
      role="slider"
      tabIndex={0}
      aria-label={`Moment in ${words}`}
      aria-valuemin={-length}
      aria-valuemax={0}
      aria-valuenow={isPast ? Math.round(time - end) : 0}
      aria-valuetext={`${when}: ${figures}. ${why}`}
      onKeyDown={onKeyDown}
    >
      <p>
        <b>{when}</b> <span className="number">{figures}</span>
      </p>
      <p className="faint">{why}</p>
    </div>
  );
}

interface Reach {
  /** Unix seconds */
  readonly first: number;
  readonly end: number;
  /** s */
  readonly step: number;
  readonly meter: Pick<MeterView, 'supply' | 'events'>;
}

/** Where a key leads: undefined: to what is now; `none`: nowhere. */
function targetOf(
  key: string,
  from: number,
  { first, end, step, meter }: Reach,
): number | undefined | 'none' {
  const turns = [...meter.supply.map(({ at }) => at), ...meter.events.map(({ time }) => time)].filter(
    at => at >= first,
  );
  const clamped = (time: number) => (time >= end ? undefined : Math.max(first, time));
  if (key === 'ArrowLeft' || key === 'ArrowDown') return clamped(from - step);
  if (key === 'ArrowRight' || key === 'ArrowUp') return clamped(from + step);
  if (key === 'PageDown') return clamped(Math.max(first, ...turns.filter(at => at < from)));
  if (key === 'PageUp') return clamped(Math.min(end, ...turns.filter(at => at > from)));
  if (key === 'Home') return first;
  return key === 'End' || key === 'Escape' ? undefined : 'none';
}
