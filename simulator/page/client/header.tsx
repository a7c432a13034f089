import { Button } from 'react-aria-components';
import { formatClock, formatDate } from '../../view/format';
import type { PageAction } from '../page-action';
import type { PageModel } from './connection';

interface HeaderProps {
  readonly model: PageModel;
  act(action: PageAction): void;
}

/** What holds for all meters: the time, how fast it goes, and what just happened. */
export function Header({ model, act }: HeaderProps) {
  const { world, status, answer } = model;
  return (
    <>
      <header className="top">
        <span className="brand">M3ter</span>
        <span className={`status ${world?.paused ? 'paused' : ''} ${status}`}>{statusText(model)}</span>
        {world && (
          <span className="clock">
            <span className="date">{formatDate(world.time)}</span> <b>{formatClock(world.time)}</b> UTC
          </span>
        )}
        <Pace model={model} act={act} />
      </header>
      {/* over the page, so that nothing moves for them; both stay, as screen readers only tell of what changes */}
      <div className="notes">
        <p role="status" className={status === 'lost' ? 'lost-note' : 'hidden'}>
          {status === 'lost' &&
            `The connection is lost${world ? `: this was at ${formatClock(world.time)}` : ''}. Trying again…`}
        </p>
        <output>
          {answer && (
            <span className={answer.ok ? 'said' : 'said failed'} key={answer.number}>
              {answer.text}
            </span>
          )}
        </output>
      </div>
    </>
  );
}

function statusText({ status, world }: PageModel): string {
  if (status !== 'open') return status === 'lost' ? 'Lost' : 'Connecting…';
  return world?.paused ? 'Paused' : 'Live';
}

function Pace({ model: { world, mayAct }, act }: HeaderProps) {
  const { speed, paused = false } = world ?? {};
  if (speed === undefined) return null;
  return (
    <span className="pace">
      {mayAct && (
        <>
          <Button
            className={paused ? 'pause primary' : 'pause'}
            onPress={() => act({ kind: 'pause', on: !paused })}
          >
            <span key={`${paused}`}>{paused ? 'Resume' : 'Pause'}</span>
          </Button>
          <Button aria-label="Slower" onPress={() => act({ kind: 'speed', change: 'slower' })}>
            −
          </Button>
        </>
      )}
      <span className="speed">{speed}×</span>
      {mayAct && (
        <Button aria-label="Faster" onPress={() => act({ kind: 'speed', change: 'faster' })}>
          +
        </Button>
      )}
    </span>
  );
}
