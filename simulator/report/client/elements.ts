type Child = Node | string;

/** An element with its attributes and children; a text becomes text, whatever it says. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A text, or one that somebody should look at. */
export type Cell = string | { readonly odd: string };

/** A table with a line of heads. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const head = element('tr', {}, ...heads.map(text => element('th', { scope: 'col' }, text)));
  const body = rows.map(cells => element('tr', {}, ...cells.map(cellOf)));
  const whole = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': heads.join(', ') },
    whole,
  );
}

function cellOf(cell: Cell): HTMLElement {
  return typeof cell === 'string' ? element('td', {}, cell) : element('td', { class: 'odd' }, cell.odd);
}

/** A table that opens when it is asked for; empty ones are left out. */
export function folded(
  summary: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): Node {
  if (rows.length === 0) return document.createDocumentFragment();
  return element('details', {}, element('summary', {}, summary), table(heads, rows));
}

/** A moment, UTC, to the second. */
export function timeText(at: number): string {
  return new Date(at * 1000).toISOString().replace('T', ' ').replace('.000Z', '');
}
