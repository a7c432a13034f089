import { useState, useSyncExternalStore } from 'react';
import { formatDate } from '../../view/format';
import { ChosenMoment } from './chosen-moment';
import { CirclePanel } from './circle-panel';
import type { PageConnection, PageModel } from './connection';
import { ControlPanel } from './control-panel';
import { EventPanel } from './event-panel';
import { Header } from './header';
import { HistoryPanel } from './history-panel';
import { HomePanel } from './home-panel';
import { LinkPanel } from './link-panel';
import { MeterList } from './meter-list';
import { ReadingPanel } from './reading-panel';
import { ScopePanel } from './scope-panel';
import { SupplyPanel, stateWords } from './supply-panel';

/** The page: a list where there are many meters, and one meter in full. */
export function App({ connection }: { readonly connection: PageConnection }) {
  const model = useSyncExternalStore(connection.subscribe, connection.getModel);
  const { world, meter, rows, status } = model;
  const hasList = rows.length > 1;
  return (
    <>
      <Header model={model} act={connection.act} />
      {world !== undefined && (
        <div className={`layout ${hasList ? 'with-list' : ''} ${status}`}>
          {hasList && <MeterList rows={rows} shown={meter?.m3terId} show={connection.show} />}
          {meter === undefined ? (
            <main className="meter" aria-busy="true" />
          ) : (
            <Meter key={meter.m3terId} meter={meter} model={model} connection={connection} />
          )}
        </div>
      )}
    </>
  );
}

interface MeterProps {
  readonly meter: NonNullable<PageModel['meter']>;
  readonly model: PageModel;
  readonly connection: PageConnection;
}

/** First what matters to everybody; then why, over time; then what it rests on. */
function Meter({ meter, model: { world, scope, mayAct }, connection }: MeterProps) {
  const [moment] = useState(() => new ChosenMoment());
  const today = formatDate(world?.time ?? 0);
  const isReal = world?.speed === undefined;
  return (
    <main className="meter">
      <title>{`${stateWords(meter)} · ${meter.name}`}</title>
      <h1 className="meter-name">{meter.name}</h1>
      <SupplyPanel meter={meter} today={today} now={world?.time ?? 0} />
      <ControlPanel meter={meter} today={today} isReal={isReal} mayAct={mayAct} act={connection.act} />
      <CirclePanel steps={meter.circle} today={today} />
      <HistoryPanel meter={meter} connection={connection} moment={moment} />
      <EventPanel events={meter.events} today={today} moment={moment} />
      <ReadingPanel readings={meter.readings} today={today} />
      {scope && <ScopePanel scope={scope} frequency={meter.line?.frequency ?? 0} />}
      <HomePanel meter={meter} />
      <LinkPanel meter={meter} />
    </main>
  );
}
