/** The command line itself is wrong: exit code 2. The message says what was expected and what came. */
export class UsageError extends Error {}

/** What was asked for cannot be done: exit code 1. The message says what was expected and what came. */
export class Failure extends Error {}
