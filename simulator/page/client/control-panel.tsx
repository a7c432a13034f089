import type { ReactNode } from 'react';
import { Button, Switch } from 'react-aria-components';
import type { PageAction } from '../page-action';
import type { Controls, MeterView, PendingView } from '../page-state';
import { Choice } from './choice';
import { Panel } from './panel';
import { moment, spaced } from './words';

const LOADS = [0, 500, 1000, 2000, 4000].map(watts => [watts === 0 ? 'off' : `${watts} W`, watts] as const);
const LIMITS = [0, 500, 1000, 3000].map(watts => [watts === 0 ? 'none' : `${watts} W`, watts] as const);
const CLOUDS = [
  ['weather', null],
  ['clear', 0],
  ['half', 0.5],
  ['overcast', 1],
] as const satisfies readonly (readonly [string, number | null])[];

const NO_BREAK_SPACE = '\u00a0';

interface ControlPanelProps {
  readonly meter: MeterView;
  /** Of the world, as `formatDate` writes it */
  readonly today: string;
  /** And not simulated. */
  readonly isReal: boolean;
  readonly mayAct: boolean;
  act(action: PageAction): void;
}

/** What can be done here: give orders to the meter, and where it is simulated, pay and play tricks on it. */
export function ControlPanel({ meter, today, isReal, mayAct, act }: ControlPanelProps) {
  const isControllable = Object.keys(meter.controls).length > 0;
  return (
    <Panel title={isReal ? 'Orders' : 'Try it'} name="controls">
      {mayAct ? (
        <>
          <Payment meter={meter} act={act} />
          <Choices meter={meter} act={act} />
          <Switches meter={meter} act={act} />
          <Pending controls={meter.controls} today={today} />
        </>
      ) : (
        <p className="faint">
          This page may only look.{isControllable && ' The address with its token may act.'}
        </p>
      )}
    </Panel>
  );
}

type PartProps = Pick<ControlPanelProps, 'meter' | 'act'>;

function Payment({ meter: { m3terId, controls }, act }: PartProps) {
  const { pay, ask } = controls;
  return (
    <div className="buttons">
      {pay?.amounts.map(amount => (
        <Button
          key={amount}
          className="button primary"
          onPress={() => act({ kind: 'pay', m3terId, amount })}
        >{`Pay ${amount} ${pay.unit}`}</Button>
      ))}
      {ask && (
        <Button className="button" onPress={() => act({ kind: 'ask', m3terId })}>
          Press the meter's button
        </Button>
      )}
    </div>
  );
}

function Choices({ meter: { m3terId, controls }, act }: PartProps) {
  const { price, load, clouds, tariff, limit } = controls;
  return (
    <>
      {load !== undefined && (
        <Choice
          label="Test load"
          choices={LOADS}
          value={load}
          choose={watts => act({ kind: 'load', m3terId, watts })}
        />
      )}
      {clouds !== undefined && (
        <Choice<number | null>
          label="Clouds"
          choices={CLOUDS}
          value={clouds}
          choose={cover => act({ kind: 'clouds', m3terId, cover })}
        />
      )}
      {price && (
        <Choice
          label="kWh price"
          choices={price.choices.map(amount => [`${amount.toFixed(2)} ${price.currency}`, amount])}
          value={price.amount}
          choose={amount => act({ kind: 'price', m3terId, amount })}
        />
      )}
      {tariff && (
        <Choice
          label="Tariff"
          choices={tariff.choices.map(name => [name, name])}
          value={tariff.name}
          description={tariff.terms}
          choose={name => act({ kind: 'tariff', m3terId, name })}
        />
      )}
      {limit !== undefined && (
        <Choice
          label="Power limit"
          choices={withPresent(LIMITS, limit)}
          value={limit}
          choose={watts => act({ kind: 'limit', m3terId, watts })}
        />
      )}
    </>
  );
}

/** Somebody else may have ordered a limit that is not among ours. */
function withPresent(limits: typeof LIMITS, limit: number): typeof LIMITS {
  return limits.some(([, watts]) => watts === limit) ? limits : [...limits, [`${limit} W`, limit]];
}

interface PendingProps {
  readonly controls: Controls;
  readonly today: string;
}

/** What was ordered and the meter has not taken. There is room for it when it is empty too: nothing jumps. */
function Pending({ controls: { supply, tariff, pending = {} }, today }: PendingProps) {
  if (supply === undefined && tariff === undefined) return null;
  const parts = [
    pending.supply && pendingWords('Supply', pending.supply, today),
    pending.tariff && pendingWords('Tariff', pending.tariff, today),
  ];
  return (
    <p className="faint" role="status">
      {parts.filter(Boolean).join(' ') || NO_BREAK_SPACE}
    </p>
  );
}

function pendingWords(what: string, { at, refusal }: PendingView, today: string): string {
  const ordered = at === undefined ? 'ordered' : `ordered at ${moment(at, today)}`;
  return refusal === undefined
    ? `${what} ${ordered}, not confirmed by the meter.`
    : `${what} ${ordered}, refused by the meter: ${spaced(refusal)}.`;
}

function Switches({ meter: { m3terId, controls }, act }: PartProps) {
  const { supply, plugged, network, caseOpen, welded } = controls;
  return (
    <div className="switches">
      <OnOff on={supply} turn={on => act({ kind: 'supply', m3terId, on })}>
        Supply allowed
      </OnOff>
      <OnOff on={plugged} turn={on => act({ kind: 'plug', m3terId, on })}>
        Meter plugged in
      </OnOff>
      <OnOff on={network} turn={on => act({ kind: 'network', m3terId, on })}>
        Network
      </OnOff>
      <OnOff on={caseOpen} turn={on => act({ kind: 'tamper', m3terId, on })}>
        Case open
      </OnOff>
      <OnOff on={welded} turn={on => act({ kind: 'weld', m3terId, on })}>
        Relay welded
      </OnOff>
    </div>
  );
}

interface OnOffProps {
  /** Undefined: there is no such thing here. */
  readonly on: boolean | undefined;
  readonly children: ReactNode;
  turn(on: boolean): void;
}

function OnOff({ on, children, turn }: OnOffProps) {
  if (on === undefined) return null;
  return (
    <Switch className="switch" isSelected={on} onChange={turn}>
      <span className="switch-track" aria-hidden="true" />
      {children}
    </Switch>
  );
}
