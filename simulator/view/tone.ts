const COLORS = { good: 'green', warning: 'yellow', bad: 'red', accent: 'cyan' } as const;

/** What a colour means; nothing is told by colour alone. */
export type Tone = keyof typeof COLORS;

/** Ink's text properties for a tone: no colour when NO_COLOR is set, as https://no-color.org asks. */
export function tone(name: Tone): { color?: string } {
  return process.env.NO_COLOR ? {} : { color: COLORS[name] };
}
