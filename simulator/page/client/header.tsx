import { Button, ToggleButton } from 'react-aria-components';
import { formatClock, formatDate } from '../../view/format';
import type { PageAction } from '../page-action';
import type { PageModel } from './connection';

const STATUS = { connecting: 'Connecting…', open: 'Live', lost: 'Connection lost, trying again…' };

interface HeaderProps {
  readonly model: PageModel;
  act(action: PageAction): void;
}

/** What holds for all meters: the time, how fast it goes, and what just happened. */
export function Header({ model, act }: HeaderProps) {
  const { world, status, mayAct, answer } = model;
  const { speed, paused = false } = world ?? {};
  return (
    <header className="top">
      <span className="brand">M3ter</span>
      <span className={`status ${status}`} role="status">
        {STATUS[status]}
      </span>
      {world && (
        <span className="clock">
          {formatDate(world.time)} <b>{formatClock(world.time)}</b>
        </span>
      )}
      {speed !== undefined && (
        <span className="pace">
          {mayAct && (
            <>
              <ToggleButton isSelected={paused} onChange={on => act({ kind: 'pause', on })}>
                {paused ? 'Resume' : 'Pause'}
              </ToggleButton>
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
      )}
      <output className={answer?.ok === false ? 'said failed' : 'said'} key={answer?.number}>
        {answer?.text ?? ''}
      </output>
    </header>
  );
}
