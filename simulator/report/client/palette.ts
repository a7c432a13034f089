/** Of what a canvas is painted with; all else is in the style sheet. */
export interface Palette {
  readonly text: string;
  readonly grid: string;
  readonly blue: string;
  readonly orange: string;
  readonly green: string;
  readonly red: string;
}

/** Okabe and Ito's colours, which people who see fewer colours tell apart, darker or lighter for contrast. */
const LIGHT: Palette = {
  text: '#333333',
  grid: '#dddddd',
  blue: '#0060a0',
  orange: '#b35900',
  green: '#00775a',
  red: '#b3261e',
};
const DARK: Palette = {
  text: '#d0d0d0',
  grid: '#3a3a3a',
  blue: '#6cb8f0',
  orange: '#f0a850',
  green: '#4fd0a8',
  red: '#ff8a80',
};

export const darkScheme: MediaQueryList = matchMedia('(prefers-color-scheme: dark)');

/** As the reader's screen is; paper is white. */
export function palette(forPrint: boolean): Palette {
  return darkScheme.matches && !forPrint ? DARK : LIGHT;
}
