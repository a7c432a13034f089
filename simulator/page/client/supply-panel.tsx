import type { ReactNode } from 'react';
import { formatEnergy, formatHours, formatNumber, formatPower, formatSpan } from '../../view/format';
import type { MeterView, UntakenView } from '../page-state';
import { Figure, Panel } from './panel';
import { moment, spaced, supplyWords } from './words';

/** mWh in a kWh */
const KILOWATT_HOUR = 1e6;

/** mWh below zero that show as something */
const OWED = -500;

/** s from which on it is said how old a balance is */
const OLD = 120;
/** s, of ten years: older is what was never known */
const LONGEST_AGE = 315_360_000;

interface SupplyPanelProps {
  readonly meter: MeterView;
  /** YYYY-MM-DD */
  readonly today: string;
  /** Unix seconds */
  readonly now: number;
}

/** What everybody wants to know first: is there power, why or why not, and for how long. */
export function SupplyPanel({ meter, today, now }: SupplyPanelProps) {
  const { closed, reason, lowBalance } = meter;
  const { why, help } = supplyWords(reason);
  const tone = closed ? (lowBalance ? 'low' : 'on') : 'off';
  const leaks = hasLeaked(meter);
  return (
    <Panel title="Supply" name={`supply ${tone}`}>
      <div role="status">
        <p className="supply-state">
          <span className="lamp" aria-hidden="true" />
          {stateWords(meter)}
        </p>
        {/* another one for another reason: words that only move would count as a jump */}
        <p className="supply-why" key={`${reason} ${leaks}`}>
          {why}{' '}
          <span className="supply-help">
            {leaks ? 'Yet current has flowed: the relay is welded or bypassed.' : help}
          </span>
        </p>
      </div>
      <Balance meter={meter} today={today} now={now} />
      <Figures meter={meter} today={today} />
      <p className="notices">{noticesOf(meter).map(asNotice)}</p>
    </Panel>
  );
}

/** Since the relay was opened the meter has told of current through it. What it measures is no such proof: it may be of before. */
function hasLeaked({ closed, reason, events }: MeterView): boolean {
  if (closed || reason === 'unplugged') return false;
  const last = events.find(({ name }) => name === 'supplyClosed' || name === 'currentWhileOpen');
  return last?.name === 'currentWhileOpen';
}

/** In three words. */
export function stateWords({ closed, reason }: Pick<MeterView, 'closed' | 'reason'>): string {
  if (closed) return 'Power is on';
  return reason === 'unheard' ? 'Not known yet' : 'Power is off';
}

function Balance({ meter, today, now }: SupplyPanelProps) {
  const { balance, forecast, closed } = meter;
  return (
    <>
      <p className="balance">
        <span className="balance-energy">{formatEnergy(balance)}</span>
        <span className="balance-money">{balanceWords(meter, today, now)}</span>
      </p>
      <p className="forecast">
        {forecast !== undefined && forecast.late > 0 ? (
          <>
            lasts about <b>{formatHours(forecast.hoursLeft)}</b> ({formatHours(forecast.early)} to{' '}
            {formatHours(forecast.late)})
          </>
        ) : closed && forecast === undefined ? (
          'How long it lasts, the meter will know after a day.'
        ) : (
          // where nothing is left there is nothing to tell; the line stays, so that nothing jumps
          '\u00a0'
        )}
      </p>
    </>
  );
}

/** Which way the balance is, what it is worth, and of when it is where it is not of now. */
function balanceWords({ balance, balanceAt, price }: MeterView, today: string, now: number): string {
  const isOwed = balance !== undefined && balance <= OWED;
  const worth =
    price === undefined || balance === undefined ? undefined : (balance / KILOWATT_HOUR) * price.amount;
  return [
    isOwed ? 'owed' : 'left',
    worth === undefined ? '' : ` ≈ ${formatNumber(isOwed ? -worth : worth, 2)} ${price?.currency}`,
    balanceAt === undefined ? '' : ` as of ${moment(balanceAt, today)}${ageWords(now - balanceAt)}`,
  ].join('');
}

/** @param age s; of a time that is not known, all that there was since 1970 */
function ageWords(age: number): string {
  return age < OLD || age > LONGEST_AGE ? '' : `, ${formatSpan(age)} ago`;
}

function Figures({ meter, today }: Omit<SupplyPanelProps, 'now'>) {
  const { closed, reason, since, price, money, online, power = Number.NaN } = meter;
  return (
    <dl className="figures">
      <Figure name={power < 0 ? 'Giving' : 'Using'}>{formatPower(Math.abs(power))}</Figure>
      <Figure name={closed || reason === 'unheard' ? 'On since' : 'Off since'}>
        {since === undefined ? '–' : moment(since, today)}
      </Figure>
      <Figure name="Meter is">{online ? 'online' : 'offline'}</Figure>
      {price && (
        <Figure name="Price of a kWh">
          {formatNumber(price.amount, 2)} {price.currency}
        </Figure>
      )}
      {money !== undefined && <Figure name="Household has">{money}</Figure>}
    </dl>
  );
}

/** What does not bear on the supply now, and should be looked at all the same. */
function noticesOf({ online, reason, unverified, events, untaken }: MeterView): string[] {
  const tamper = events.find(({ name }) => name === 'tamper');
  return [
    untaken !== undefined && untakenWords(untaken),
    !online &&
      reason !== 'unplugged' &&
      reason !== 'unheard' &&
      'Offline: payments reach it when it is back.',
    tamper?.detail === 'open' && 'The case was opened.',
    unverified > 0 &&
      (unverified === 1 ? 'A reading is not verified.' : `${unverified} readings are not verified.`),
  ].filter(notice => notice !== false);
}

function untakenWords({ energy, refusal }: UntakenView): string {
  const paid = `${formatEnergy(energy)} paid`;
  return refusal === undefined
    ? `${paid}, not yet taken by the meter.`
    : `${paid}, refused by the meter: ${spaced(refusal)}.`;
}

function asNotice(text: string): ReactNode {
  return (
    <span key={text} className="notice">
      {text}
    </span>
  );
}
