import { formatEnergy, formatHours, formatNumber, formatPower } from '../../view/format';
import type { MeterView } from '../page-state';
import { Figure, Panel } from './panel';
import { moment, supplyWords } from './words';

/** mWh in a kWh */
const KILOWATT_HOUR = 1e6;

/** W that no open relay lets through, and no noise makes */
const LEAKING = 20;

interface SupplyPanelProps {
  readonly meter: MeterView;
  /** Unix seconds */
  readonly now: number;
}

/** What everybody wants to know first: is there power, why or why not, and for how long. */
export function SupplyPanel({ meter, now }: SupplyPanelProps) {
  const { closed, reason, since, balance, balanceAt, lowBalance, forecast, price, money } = meter;
  const { power = Number.NaN } = meter;
  const { why, help } = supplyWords(reason);
  const tone = closed ? (lowBalance ? 'low' : 'on') : 'off';
  const state = closed ? 'Power is on' : reason === 'unheard' ? 'Not known yet' : 'Power is off';
  return (
    <Panel title="Supply" name={`supply ${tone}`}>
      <p className="supply-state" role="status">
        <span className="lamp" aria-hidden="true" />
        {state}
      </p>
      <p className="supply-why">
        {why}{' '}
        <span className="supply-help">
          {!closed && Math.abs(power) > LEAKING
            ? 'Yet current flows: the relay is welded or bypassed.'
            : help}
        </span>
      </p>
      <p className="balance">
        <span className="balance-energy">{formatEnergy(balance)}</span>{' '}
        <span className="balance-money">
          {price && balance !== undefined
            ? `≈ ${formatNumber((balance / KILOWATT_HOUR) * price.amount, 2)} ${price.currency}`
            : 'left'}
          {balanceAt !== undefined && <> as of {moment(balanceAt, now)}</>}
        </span>
      </p>
      <p className="forecast">
        {forecast === undefined ? (
          // without power nothing is used up; the line stays, so that nothing jumps
          closed ? (
            'How long it lasts, the meter will know after a day.'
          ) : (
            '\u00a0'
          )
        ) : (
          <>
            lasts about <b>{formatHours(forecast.hoursLeft)}</b> ({formatHours(forecast.early)} to{' '}
            {formatHours(forecast.late)})
          </>
        )}
      </p>
      <dl className="figures">
        <Figure name={power < 0 ? 'Giving' : 'Using'}>{formatPower(Math.abs(power))}</Figure>
        {price && (
          <Figure name="Price of a kWh">
            {price.amount} {price.currency}
          </Figure>
        )}
        {money !== undefined && <Figure name="Household has">{money}</Figure>}
        {since !== undefined && (
          <Figure name={closed ? 'On since' : 'Off since'}>{moment(since, now)}</Figure>
        )}
      </dl>
    </Panel>
  );
}
