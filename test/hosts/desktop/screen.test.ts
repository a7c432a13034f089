import test from 'ava';
import fc from 'fast-check';
import { type Button, Screen } from '../../../hosts/desktop/screen';
import type { View } from '../../../hosts/desktop/view';

const FONTS = { text: { height: 20 }, heading: { height: 24 }, balance: { height: 36 } };
const VIEW: View = {
  name: 'M3ter 7',
  connection: 'online',
  address: ['0x6813Eb9362372EEF620', '0f3b1dbC3f819671cBA69'],
  balance: '1.500 kWh',
  isClosed: true,
  supply: 'Supply on',
  electricity: ['230.0 V  4.35 A  50.00 Hz', '1000 W  PF 1.000'],
  notice: '',
};

/** Keeps what was drawn; each character is 9 pixels wide. */
function canvas() {
  const drawn = { texts: [] as { text: string; x: number; y: number }[], colors: new Map<string, number>() };
  let colors = 0;
  return {
    drawn,
    begin: () => {
      drawn.texts = [];
      drawn.colors.clear();
    },
    end: () => {},
    makeColor: () => colors++,
    fillRectangle: (color: number, x: number, y: number, width: number, height: number) =>
      void drawn.colors.set(`${x} ${y} ${width} ${height}`, color),
    drawText: (text: string, _font: object, _color: number, x: number, y: number) =>
      void (text !== '' && drawn.texts.push({ text, x, y })),
    getTextWidth: (text: string) => 9 * text.length,
  };
}

function button(label: string, pressed: string[] = [], isOn = false): Button {
  return { label, isOn, press: () => void pressed.push(label) };
}

test('what there is to see is drawn from top to bottom, in the screen', t => {
  const { drawn, ...drawing } = canvas();
  const screen = new Screen({ ...drawing }, FONTS, () => [[button('Plug in')]]);
  screen.draw(VIEW);
  const { name, address, balance, supply, electricity } = VIEW;
  const lines = [name, ...address, balance, supply, ...electricity];
  const ys = lines.map(line => drawn.texts.find(({ text }) => text === line)?.y ?? Number.NaN);
  t.deepEqual(
    ys,
    [...ys].sort((a, b) => a - b),
  );
  t.is(drawn.texts.find(({ text }) => text === 'online')?.y, ys[0]);
  t.true(drawn.texts.every(({ x, y }) => x >= 0 && x < 240 && y >= 0 && y < 320));
});

test('supply on and off differ in colour; without power there is neither', t => {
  const { drawn, ...drawing } = canvas();
  const screen = new Screen({ ...drawing }, FONTS, () => []);
  const bands = [VIEW, { ...VIEW, isClosed: false }, { ...VIEW, supply: '' }].map(view => {
    screen.draw(view);
    return [...drawn.colors].filter(([place]) => place.endsWith(' 24') && place.startsWith('0 ')).at(-1)?.[1];
  });
  t.is(new Set(bands).size, 3);
  t.is(bands[2], undefined);
});

test('a notice that is too long for a line goes on in the next, and nothing of it is left out', t => {
  const { drawn, ...drawing } = canvas();
  const notice = "roles: expected the owner's signature, got wrong-signer and more that nobody can read here";
  new Screen({ ...drawing }, FONTS, () => []).draw({ ...VIEW, notice });
  const lines = drawn.texts.slice(-2).map(({ text }) => text);
  t.is(lines.join(' '), notice);
  t.true((lines[0] as string).length * 9 <= 224);
});

test('a touch presses the button that is drawn there, and no other', t => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), counts => {
      const { drawn, ...drawing } = canvas();
      const pressed: string[] = [];
      const rows = counts.map((count, k) =>
        Array.from({ length: count }, (_, m) => button(`${k}.${m}`, pressed)),
      );
      const screen = new Screen({ ...drawing }, FONTS, () => rows);
      screen.draw({
        ...VIEW,
        electricity: ['', ''],
        address: ['', ''],
        balance: '',
        name: '',
        connection: '',
        supply: '',
      });
      for (const { x, y } of drawn.texts) screen.touch(x + 5, y + 5);
      return (
        pressed.join() === drawn.texts.map(({ text }) => text).join() && pressed.length === rows.flat().length
      );
    }),
  );
  t.pass();
});

test('a touch elsewhere presses nothing', t => {
  const screen = new Screen(canvas(), FONTS, () =>
    [[button('only')]].map(row => row.map(one => ({ ...one, press: () => t.fail() }))),
  );
  for (const [x, y] of [
    [120, 0],
    [120, 275],
    [-1, 300],
    [240, 300],
    [120, 320],
    [120, 5000],
  ] as const)
    screen.touch(x, y);
  t.pass();
});
