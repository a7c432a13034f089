import { memo } from 'react';
import type { CircleStep, CircleStepName } from '../page-state';
import { Panel } from './panel';
import { moment } from './words';

const LABELS: Readonly<Record<CircleStepName, string>> = {
  payment: 'Payment',
  block: 'Block',
  credit: 'Credit',
  consumption: 'Consumption',
  reading: 'Signed reading',
  acknowledged: 'Acknowledged',
  proven: 'Proven on chain',
  reward: 'Reward',
};

interface CirclePanelProps {
  readonly steps: readonly CircleStep[];
  /** YYYY-MM-DD */
  readonly today: string;
}

/** How money becomes energy, and energy proof: what has happened since the last payment is lit. */
export const CirclePanel = memo(function CirclePanel({ steps, today }: CirclePanelProps) {
  return (
    <Panel title="From payment to proof" name="circle">
      <ol className="steps">
        {steps.map(({ step, at, figure, isDone }) => (
          <li key={step} className={isDone ? 'step lit' : 'step'}>
            {/* another element each time that it happens, so that it flashes; consumption goes on and on */}
            <span className="step-mark" key={step === 'consumption' ? '' : figure} aria-hidden="true" />
            <span className="step-name">{LABELS[step]}</span>
            <span className="step-figure">{figure || '–'}</span>
            <span className="step-time">
              {at === undefined ? 'not yet' : moment(at, today)}
              <span className="hidden">{isDone ? ', since the last payment' : ''}</span>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
});
