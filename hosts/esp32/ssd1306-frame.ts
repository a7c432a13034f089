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

/** Pixels of a module, and of the light frame around all of them. */
const MODULE = 2;
/** Characters that fit beside the code */
const BESIDE = 10;

/**
 * Draws a QR code of up to 32 by 32 modules on the right, dark on light as readers expect it, and beside it what it says.
 * @param modules row by row, a byte each: 1 for a dark one
 */
export function drawCode(frame: Uint8Array, { title, code = '' }: DisplayText, modules: Uint8Array): void {
  frame.fill(0);
  drawLine(frame, title.slice(0, BESIDE), TITLE_PAGE, 1);
  for (let place = 0; place < code.length; place += BESIDE)
    drawLine(frame, code.slice(place, place + BESIDE), BIG_PAGE + place / BESIDE, 1);
  const height = 8 * FRAME_PAGES;
  const left = FRAME_WIDTH - height;
  const size = Math.sqrt(modules.length);
  const border = (height - MODULE * size) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < height; x++) {
      const row = Math.floor((y - border) / MODULE);
      const column = Math.floor((x - border) / MODULE);
      const isInside = row >= 0 && row < size && column >= 0 && column < size;
      if (!isInside || modules[row * size + column] !== 1) drawSquare(frame, left + x, y, 1);
    }
  }
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
