/** What is used of the npm package, whose typings are all `any`. */
declare module 'solc' {
  const solc: {
    /** @param input JSON, @returns JSON: Solidity's documentation, "Compiler Input and Output JSON Description" */
    compile(
      input: string,
      callbacks: { import(path: string): { contents: string } | { error: string } },
    ): string;
  };
  export default solc;
}
