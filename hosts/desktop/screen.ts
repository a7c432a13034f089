import type { View } from './view';

/** The SDK's renderer Poco, as far as it is used here. Coordinates are pixels from the left upper corner. */
export interface Canvas<Font> {
  begin(): void;
  end(): void;
  makeColor(red: number, green: number, blue: number): number;
  fillRectangle(color: number, x: number, y: number, width: number, height: number): void;
  /** @param y of the text's upper edge */
  drawText(text: string, font: Font, color: number, x: number, y: number): void;
  getTextWidth(text: string, font: Font): number;
}

export interface Fonts<Font> {
  readonly text: Font;
  readonly heading: Font;
  readonly balance: Font;
}

export interface Button {
  readonly label: string;
  readonly isOn: boolean;
  press(): void;
}

const WIDTH = 240;
const HEIGHT = 320;
const MARGIN = 8;
const BUTTON_HEIGHT = 44;
const GAP = 4;
const NOTICE_LINES = 2;

/** The meter's face, 240 × 320 pixels in the left upper corner of whatever screen there is, with buttons below. */
export class Screen<Font extends { readonly height: number }> {
  readonly #canvas: Canvas<Font>;
  readonly #fonts: Fonts<Font>;
  readonly #buttons: () => readonly (readonly Button[])[];
  readonly #colors: Record<'back' | 'text' | 'faint' | 'good' | 'bad' | 'button', number>;
  /** Where the next line goes. */
  #y = 0;

  /** @param buttons in rows, as they are now */
  constructor(canvas: Canvas<Font>, fonts: Fonts<Font>, buttons: () => readonly (readonly Button[])[]) {
    this.#canvas = canvas;
    this.#fonts = fonts;
    this.#buttons = buttons;
    this.#colors = {
      back: canvas.makeColor(16, 20, 24),
      text: canvas.makeColor(240, 240, 240),
      faint: canvas.makeColor(150, 160, 170),
      good: canvas.makeColor(20, 130, 60),
      bad: canvas.makeColor(170, 40, 40),
      button: canvas.makeColor(60, 70, 80),
    };
  }

  draw(view: View): void {
    const { text, heading, balance } = this.#fonts;
    this.#canvas.begin();
    this.#canvas.fillRectangle(this.#colors.back, 0, 0, WIDTH, HEIGHT);
    this.#y = GAP;
    this.#drawHeader(view);
    for (const half of view.address) this.#drawLine(half, text, this.#colors.faint);
    this.#drawLine(view.balance, balance);
    if (view.supply !== '') this.#drawBand(view.supply, heading, view.isClosed);
    for (const line of view.electricity) this.#drawLine(line, text);
    for (const line of this.#wrap(view.notice)) this.#drawLine(line, text, this.#colors.faint);
    this.#buttons().forEach((row, k, rows) => {
      this.#drawButtons(row, HEIGHT - (rows.length - k) * BUTTON_HEIGHT);
    });
    this.#canvas.end();
  }

  /** Presses the button there, if there is one. */
  touch(x: number, y: number): void {
    const rows = this.#buttons();
    const row = rows[rows.length + Math.floor((y - HEIGHT) / BUTTON_HEIGHT)] ?? [];
    row[Math.floor((x * row.length) / WIDTH)]?.press();
  }

  /** A name that is too long goes on under the connection. */
  #drawHeader({ name, connection }: View): void {
    const { heading } = this.#fonts;
    const { back, faint } = this.#colors;
    const width = this.#canvas.getTextWidth(connection, heading);
    const [x, y] = [WIDTH - MARGIN - width, this.#y];
    this.#drawLine(name, heading);
    this.#canvas.fillRectangle(back, x - MARGIN, y, width + 2 * MARGIN, heading.height);
    this.#canvas.drawText(connection, heading, faint, x, y);
  }

  #drawLine(text: string, font: Font, color = this.#colors.text): void {
    this.#canvas.drawText(text, font, color, MARGIN, this.#y);
    this.#y += font.height;
  }

  #drawBand(text: string, font: Font, isGood: boolean): void {
    const color = isGood ? this.#colors.good : this.#colors.bad;
    this.#canvas.fillRectangle(color, 0, this.#y, WIDTH, font.height);
    this.#drawLine(text, font);
  }

  #drawButtons(row: readonly Button[], y: number): void {
    const { heading } = this.#fonts;
    const width = WIDTH / row.length;
    row.forEach(({ label, isOn }, k) => {
      const color = isOn ? this.#colors.good : this.#colors.button;
      this.#canvas.fillRectangle(color, k * width + GAP, y, width - 2 * GAP, BUTTON_HEIGHT - GAP);
      const x = k * width + (width - this.#canvas.getTextWidth(label, heading)) / 2;
      const above = (BUTTON_HEIGHT - GAP - heading.height) / 2;
      this.#canvas.drawText(label, heading, this.#colors.text, Math.round(x), Math.round(y + above));
    });
  }

  /** Lines of whole words that fit; all that remains is in the last. */
  #wrap(text: string): string[] {
    const lines = [''];
    for (const word of text.split(' ')) {
      const line = `${lines[lines.length - 1]} ${word}`.trim();
      const fits = this.#canvas.getTextWidth(line, this.#fonts.text) <= WIDTH - 2 * MARGIN;
      if (fits || lines.length === NOTICE_LINES) lines[lines.length - 1] = line;
      else lines.push(word);
    }
    return lines;
  }
}
