import { Label, Radio, RadioGroup, Text } from 'react-aria-components';

interface ChoiceProps<Value> {
  readonly label: string;
  /** What each is called. */
  readonly choices: readonly (readonly [name: string, value: Value])[];
  readonly value: Value;
  /** What they mean, where their names do not tell. */
  readonly description?: string;
  choose(value: Value): void;
}

/** One of a few, side by side. */
export function Choice<Value>({ label, choices, value: current, description, choose }: ChoiceProps<Value>) {
  const chosen = choices.findIndex(([, choice]) => choice === current);
  const pick = (index: string) => {
    const choice = choices[Number(index)];
    if (choice !== undefined) choose(choice[1]);
  };
  return (
    <RadioGroup className="choice" value={chosen < 0 ? null : String(chosen)} onChange={pick}>
      <Label>{label}</Label>
      <div className="choice-buttons">
        {choices.map(([name, value], index) => (
          // by its value: the name may tell a number that changes
          <Radio key={String(value)} value={String(index)} className="choice-button">
            {name}
          </Radio>
        ))}
      </div>
      {description !== undefined && (
        <Text slot="description" className="choice-description">
          {description}
        </Text>
      )}
    </RadioGroup>
  );
}
