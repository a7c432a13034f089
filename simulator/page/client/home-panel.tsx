import { formatEnergy, formatPower } from '../../view/format';
import type { MeterView } from '../page-state';
import { Figure, Panel } from './panel';

/** What is behind the meter, and what it has counted. */
export function HomePanel({ meter }: { readonly meter: MeterView }) {
  const { appliances, solarPower, registers } = meter;
  // behind a real meter nobody can look
  const isKnown = solarPower !== undefined;
  return (
    <Panel title={isKnown ? 'Home' : 'Registers'} name="home">
      {isKnown && <Appliances appliances={appliances} />}
      <dl className="figures">
        {isKnown && <Figure name="Roof">{formatPower(solarPower)}</Figure>}
        <Figure name="Imported">{formatEnergy(registers?.imported)}</Figure>
        <Figure name="Exported">{formatEnergy(registers?.exported)}</Figure>
        <Figure name="Debited">{formatEnergy(registers?.debited)}</Figure>
        <Figure name="Credited">{formatEnergy(registers?.credited)}</Figure>
        {/* with these the balance adds up: it is credited + fed in − withdrawn − debited */}
        {(registers?.feedIn ?? 0) > 0 && <Figure name="Fed in">{formatEnergy(registers?.feedIn)}</Figure>}
        {(registers?.withdrawn ?? 0) > 0 && (
          <Figure name="Withdrawn">{formatEnergy(registers?.withdrawn)}</Figure>
        )}
      </dl>
    </Panel>
  );
}

function Appliances({ appliances }: Pick<MeterView, 'appliances'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ul className="appliances" aria-label="What is on" tabIndex={0}>
      {appliances.map(({ name, power }) => (
        <li key={name}>
          <span>{name}</span>
          <span className="number">{formatPower(power)}</span>
        </li>
      ))}
      {appliances.length === 0 && <li className="faint">Nothing is on.</li>}
    </ul>
  );
}
