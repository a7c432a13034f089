/** Where a command puts its result, a line at a time. */
export type Print = (line: string) => void;

export const printLine: Print = line => {
  process.stdout.write(`${line}\n`);
};
