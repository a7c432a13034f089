import { memo, useSyncExternalStore } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { EventRow } from '../page-state';
import type { ChosenMoment } from './chosen-moment';
import { Panel } from './panel';
import { eventWords, moment as momentWords } from './words';

interface EventPanelProps {
  readonly events: readonly EventRow[];
  /** YYYY-MM-DD */
  readonly today: string;
  readonly moment: ChosenMoment;
}

/** What the meter has to tell besides readings, newest first; one that is chosen is marked in the charts. */
export const EventPanel = memo(function EventPanel({ events, today, moment }: EventPanelProps) {
  const time = useSyncExternalStore(moment.subscribe, moment.get);
  return (
    <Panel title="Events" name="events">
      <ListBox
        className="scroller event-list"
        aria-label="Events, newest first"
        onAction={key => moment.choose(events.find(({ sequence }) => sequence === key)?.time || undefined)}
        renderEmptyState={() => <p className="faint">None yet.</p>}
        dependencies={[today, time]}
      >
        {events.map(({ sequence, time: at, name, detail }) => (
          <ListBoxItem
            key={sequence}
            id={sequence}
            textValue={`${momentWords(at, today)} ${eventWords(name)} ${detail}`}
            className={at === time ? 'event chosen' : 'event'}
          >
            <time>{momentWords(at, today)}</time>
            <span>
              {eventWords(name)} {detail !== '' && <span className="faint">{detail}</span>}
            </span>
          </ListBoxItem>
        ))}
      </ListBox>
    </Panel>
  );
});
