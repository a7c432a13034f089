import type { EventRow } from '../page-state';
import { Panel } from './panel';
import { eventWords, moment } from './words';

interface EventPanelProps {
  readonly events: readonly EventRow[];
  /** Unix seconds */
  readonly now: number;
}

/** What the meter has to tell besides readings, newest first. */
export function EventPanel({ events, now }: EventPanelProps) {
  return (
    <Panel title="Events" name="events">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="scroller" aria-label="Events, newest first" tabIndex={0}>
        <ul className="event-list">
          {events.map(({ sequence, time, name, detail }) => (
            <li key={sequence}>
              <time>{moment(time, now)}</time>
              <span>
                {eventWords(name)} {detail !== '' && <span className="faint">{detail}</span>}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </Panel>
  );
}
