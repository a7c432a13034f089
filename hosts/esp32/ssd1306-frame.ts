import type { DisplayText } from './display-text';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRow } from './ssd1306-font';

/** Pixels */
export const FRAME_WIDTH = 128;
/** Rows of eight pixels; a byte is one column of a page, its lowest bit on top. */
export const FRAME_PAGES = 8;

const TITLE_PAGE = 0;
const BIG_PAGE = 2;
const LINES_PAGE = 6;
const BIG_SCALE = 3;

/** Draws the text anew into `FRAME_WIDTH` x `FRAME_PAGES` bytes. What is too long runs out of the picture. */
export function drawText(frame: Uint8Array, { title, big, lines }: DisplayText): void {
  frame.fill(0);
  drawLine(frame, title, TITLE_PAGE, 1);
  drawLine(frame, big, BIG_PAGE, BIG_SCALE);
  let page = LINES_PAGE;
  for (const line of lines) drawLine(frame, line, page++, 1);
}

function drawLine(frame: Uint8Array, text: string, page: number, scale: number): void {
  const pitch = (GLYPH_WIDTH + 1) * scale;
  for (let place = 0; place < text.length && (place + 1) * pitch <= FRAME_WIDTH + scale; place++)
    drawGlyph(frame, text.charAt(place), place * pitch, 8 * page, scale);
}

function drawGlyph(frame: Uint8Array, character: string, left: number, top: number, scale: number): void {
  for (let row = 0; row < GLYPH_HEIGHT; row++) {
    const pixels = glyphRow(character, row);
    for (let column = 0; column < GLYPH_WIDTH; column++) {
      const isLit = (pixels >> (GLYPH_WIDTH - 1 - column)) & 1;
      if (isLit) drawSquare(frame, left + column * scale, top + row * scale, scale);
    }
  }
}

function drawSquare(frame: Uint8Array, left: number, top: number, size: number): void {
  for (let y = top; y < top + size; y++) {
    for (let x = left; x < left + size; x++) {
      const index = FRAME_WIDTH * (y >> 3) + x;
      frame[index] = (frame[index] as number) | (1 << (y & 7));
    }
  }
}
