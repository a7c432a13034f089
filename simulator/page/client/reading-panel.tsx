import { memo } from 'react';
import { abbreviate, formatEnergy } from '../../view/format';
import type { ReadingRow } from '../page-state';
import { Panel } from './panel';
import { moment, spaced } from './words';

interface ReadingPanelProps {
  readonly readings: readonly ReadingRow[];
  /** YYYY-MM-DD */
  readonly today: string;
}

/** What the meter has signed, and what was found when it was checked. */
export const ReadingPanel = memo(function ReadingPanel({ readings, today }: ReadingPanelProps) {
  const bad = readings.filter(({ problem }) => problem !== '').length;
  const hasProof = readings.some(({ proven }) => proven !== undefined);
  const hasDigests = readings.some(({ digest }) => digest !== '');
  return (
    <Panel
      title="Readings"
      name="readings"
      aside={bad > 0 ? <span className="badge bad">{bad} not verified</span> : undefined}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="scroller" aria-label="Readings, newest first" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">No.</th>
              <th scope="col">Time</th>
              <th scope="col" className="number">
                Imported
              </th>
              <th scope="col">Signature</th>
              <th scope="col">Acknowledged</th>
              {hasProof && <th scope="col">Proven</th>}
              {hasDigests && <th scope="col">Digest</th>}
            </tr>
          </thead>
          <tbody>
            {readings.map(reading => (
              <Row
                key={`${reading.sequence} ${reading.problem} ${reading.digest}`}
                reading={reading}
                today={today}
              />
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
});

function Row({ reading, today }: { readonly reading: ReadingRow; readonly today: string }) {
  const { sequence, time, imported, problem, acknowledged, proven, digest } = reading;
  return (
    <tr className={problem === '' ? '' : 'bad-row'}>
      <td>{sequence}</td>
      <td>{moment(time, today)}</td>
      <td className="number">{formatEnergy(imported)}</td>
      <td>
        {problem === '' ? (
          <span className="mark good">✓ verified</span>
        ) : (
          <span className="mark bad">✗ {spaced(problem)}</span>
        )}
      </td>
      <td>{acknowledged ? 'yes' : 'no'}</td>
      {proven !== undefined && <td>{proven ? 'yes' : 'not yet'}</td>}
      {digest !== '' && (
        <td className="hash" title={digest}>
          {abbreviate(digest, 6, 4)}
        </td>
      )}
    </tr>
  );
}
