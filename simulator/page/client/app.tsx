import { useSyncExternalStore } from 'react';
import { CirclePanel } from './circle-panel';
import type { PageConnection } from './connection';
import { ControlPanel } from './control-panel';
import { EventPanel } from './event-panel';
import { Header } from './header';
import { HomePanel } from './home-panel';
import { LinkPanel } from './link-panel';
import { MeterList } from './meter-list';
import { PowerPanel } from './power-panel';
import { ReadingPanel } from './reading-panel';
import { ScopePanel } from './scope-panel';
import { SupplyPanel } from './supply-panel';

/** The page: a list where there are many meters, and one meter in full. */
export function App({ connection }: { readonly connection: PageConnection }) {
  const model = useSyncExternalStore(connection.subscribe, connection.getModel);
  const { world, meter, rows, scope, mayAct } = model;
  const now = world?.time ?? 0;
  const { act } = connection;
  return (
    <>
      <Header model={model} act={act} />
      <div className={rows.length > 1 ? 'layout with-list' : 'layout'}>
        {rows.length > 1 && <MeterList rows={rows} shown={meter?.m3terId} show={connection.show} />}
        {meter === undefined ? (
          <main className="meter" aria-busy="true" />
        ) : (
          <main className="meter" key={meter.m3terId}>
            <h1 className="meter-name">{meter.name}</h1>
            <SupplyPanel meter={meter} now={now} />
            <ControlPanel meter={meter} isReal={world?.speed === undefined} mayAct={mayAct} act={act} />
            <CirclePanel steps={meter.circle} now={now} />
            <PowerPanel meter={meter} connection={connection} />
            {scope && <ScopePanel scope={scope} frequency={meter.line?.frequency ?? 0} />}
            <ReadingPanel readings={meter.readings} now={now} />
            <EventPanel events={meter.events} now={now} />
            <HomePanel meter={meter} />
            <LinkPanel meter={meter} />
          </main>
        )}
      </div>
    </>
  );
}
