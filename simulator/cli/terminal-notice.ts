import { clearLine, cursorTo } from 'node:readline';

/** Says on stderr what is going on, where that is a terminal and somebody waits. @returns what takes it away again */
export function noticeInTerminal(text: string): () => void {
  if (!process.stderr.isTTY) return () => {};
  process.stderr.write(text);
  return () => {
    cursorTo(process.stderr, 0);
    clearLine(process.stderr, 0);
  };
}
