/** Asks for more than fits in the line of a command. */
export interface Question {
  /** Printed before; what is expected. */
  readonly prompt: string;
  /** What is typed is not echoed. */
  readonly isSecret?: boolean;
  /** What the command's own line already has of the answer. */
  readonly begun?: string;
  /** Characters that an answer may have at most. */
  readonly limit: number;
  /** Whether these lines are all of the answer. */
  isComplete(text: string): boolean;
  /** What to print then. */
  answer(text: string): readonly string[];
}

/** Goes on printing by itself. */
export interface Stream {
  /**
   * @param print takes a line; false when there is no room for it now, and it is not printed
   * @param onEnd to be called once, with the last lines; nothing is printed after
   */
  start(print: (line: string) => boolean, onEnd: (lines: readonly string[]) => void): void;
  /** Somebody has seen enough. */
  stop(): void;
}

/** Lines to print, or what else a command begins. */
export type Reply = readonly string[] | Question | Stream;

export interface Command {
  /** What may follow its name. */
  readonly usage: string;
  readonly help: string;
  /**
   * @param words what follows the name, parted at blanks; one that has blanks is in double quotes
   * @param rest the same as it was typed
   * @returns lines to print, or a question first, or lines one after the other
   */
  run(words: readonly string[], rest: string): Reply;
}

export type Commands = Readonly<Record<string, Command>>;

/** Runs commands by the line. Pure: it answers with lines to print, or where they will come from. */
export class Shell {
  readonly #commands: Commands;
  #question: Question | undefined;
  #answer = '';

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Whether what is typed next is a secret. */
  get isSecret(): boolean {
    return this.#question?.isSecret ?? false;
  }

  /** Whether what is typed next belongs to an answer. */
  get isAsking(): boolean {
    return this.#question !== undefined;
  }

  /** What to print for a line. */
  receive(line: string): readonly string[] | Stream {
    if (this.#question !== undefined) return this.#proceed(this.#question, `${this.#answer}${line}\n`);
    const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === '') return [];
    if (name === 'help') return this.#help();
    const command = Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
    if (command === undefined) return [`${printable(name)}: no such command; try help`];
    const reply = command.run(wordsOf(rest), rest);
    return 'prompt' in reply ? this.#ask(reply) : reply;
  }

  /** Gives up what was asked. */
  interrupt(): void {
    this.#question = undefined;
    this.#answer = '';
  }

  #ask(question: Question): readonly string[] {
    const begun = question.begun ?? '';
    return begun === '' ? this.#wait(question, '') : this.#proceed(question, `${begun}\n`);
  }

  #proceed(question: Question, answer: string): readonly string[] {
    this.interrupt();
    if (answer.length > question.limit + 1)
      return [`answer: expected at most ${question.limit} characters, got more; nothing was changed`];
    if (question.isComplete(answer)) return question.answer(answer);
    this.#question = question;
    this.#answer = answer;
    return [];
  }

  #wait(question: Question, answer: string): readonly string[] {
    this.#question = question;
    this.#answer = answer;
    return [question.prompt];
  }

  #help(): readonly string[] {
    const lines = Object.entries(this.#commands).map(
      ([name, { usage, help }]) => `  ${`${name} ${usage}`.padEnd(28)} ${help}`,
    );
    return [...lines, `  ${'help'.padEnd(28)} this`];
  }
}

function wordsOf(text: string): readonly string[] {
  return (text.match(/"[^"]*"|\S+/g) ?? []).map(word => (/^".*"$/.test(word) ? word.slice(1, -1) : word));
}

function printable(text: string): string {
  return text.length > 20 ? `${text.slice(0, 20)}...` : text;
}
