/** Bytes of a slot where pointers have 32 bits, and of such a pointer. */
const SLOT_SIZE = 16;
const POINTER_SIZE = 4;

interface Slot {
  readonly kind: string;
  /** With the text, byte code or digits that it refers to */
  readonly bytes: number;
  /** Of that, byte code */
  readonly code: number;
  /** Slots that it refers to, the next of its chain first */
  readonly references: readonly number[];
}

/** Bytes of ROM, byte code included. */
export interface RomShare {
  readonly bytes: number;
  readonly code: number;
}

/**
 * What the Moddable SDK's linker, xsl, makes of an app: `mc.xs.c`, which holds the heap of the machine as it is after the
 * modules were preloaded, slot by slot. Byte code is in the slots of functions; that of a module that is not preloaded is
 * an array of its own.
 */
export class LinkedImage {
  readonly #slots = new Map<number, Slot>();
  /** By the slot that stands for it, a preloaded module's name */
  readonly #modules = new Map<number, string>();
  /** By a module's name, bytes of its byte code when it is not preloaded */
  readonly #scripts = new Map<string, number>();
  readonly #keys: readonly string[];
  /** What the machine refers to from the start */
  readonly #roots: readonly number[];

  /** @param source text of `mc.xs.c` @throws Error when it is none */
  constructor(source: string) {
    const keys = new Map<string, string>();
    const moduleIds = new Map<number, string>();
    let index = -1;
    for (const line of section(source, 'txSlot gxHeap').split('\n')) {
      // The elements of an array have no number of their own.
      index = Number(line.match(/^\/\* (\d+) \*\//)?.[1] ?? index + 1);
      const slot = slotOf(line, index);
      this.#slots.set(index, slot);
      if (slot.kind === 'MODULE') moduleIds.set(index, line.match(/module = \{ NULL, (\w+)/)?.[1] ?? '');
      if (slot.kind === 'KEY_X')
        keys.set(line.match(/\.ID = (\w+)/)?.[1] ?? '', line.match(/\.key = \{ "([^"]*)"/)?.[1] ?? '');
    }
    for (const [place, { kind, references }] of this.#slots) {
      const id = kind === 'INSTANCE' ? moduleIds.get(references[0] ?? -1) : undefined;
      if (id !== undefined) this.#modules.set(place, keys.get(id) ?? '');
    }
    this.#keys = [...keys.values()];
    this.#roots = referencesIn(section(source, 'txSlot gxStack'));
    const scripts = section(source, 'txScript gxScripts');
    for (const [, length, name = ''] of scripts.matchAll(/gxCode\d+, (\d+), NULL, 0, "([^"]*)"/g))
      this.#scripts.set(name, Number(length));
  }

  /** Bytes of all that there is, the names of properties too. */
  get total(): number {
    const slots = [...this.#slots.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const scripts = [...this.#scripts.values()].reduce((sum, length) => sum + length, 0);
    return slots + scripts + POINTER_SIZE * this.#keys.length;
  }

  /**
   * The share of each group of modules: what can be reached from its modules, and neither from those of a group before
   * nor from any that belong to none. What of the engine's own is in no group's share, nor are the names of properties.
   */
  shares(groups: readonly ((name: string) => boolean)[]): RomShare[] {
    const modulesOf = (group: (name: string) => boolean) =>
      [...this.#modules].filter(([, name]) => group(name)).map(([place]) => place);
    const isInNone = (name: string) => !groups.some(group => group(name));
    const ours = new Set(modulesOf(name => !isInNone(name)));
    const seen = this.#reach([...this.#roots, ...modulesOf(isInNone)], ours);
    return groups.map(group => {
      const own = modulesOf(group);
      const reached = this.#reach(own, seen);
      for (const place of reached) seen.add(place);
      return this.#sizeOf(reached, group);
    });
  }

  /** Bytes of the names of properties that these are. */
  keySize(names: ReadonlySet<string>): number {
    const own = this.#keys.filter(name => names.has(name));
    return own.reduce((sum, name) => sum + SLOT_SIZE + POINTER_SIZE + name.length + 1, 0);
  }

  #sizeOf(places: ReadonlySet<number>, group: (name: string) => boolean): RomShare {
    let [bytes, code] = [0, 0];
    for (const place of places) {
      bytes += this.#slots.get(place)?.bytes ?? 0;
      code += this.#slots.get(place)?.code ?? 0;
    }
    for (const [name, length] of this.#scripts) {
      if (!group(name)) continue;
      bytes += length;
      code += length;
    }
    return { bytes, code };
  }

  /** All that `roots` lead to, themselves included, without entering those `closed`. */
  #reach(roots: readonly number[], closed: ReadonlySet<number>): Set<number> {
    const reached = new Set(roots.filter(root => !closed.has(root)));
    // A set goes on with what is added to it meanwhile.
    for (const place of reached)
      for (const next of this.#slots.get(place)?.references ?? []) if (!closed.has(next)) reached.add(next);
    return reached;
  }
}

/** The initialiser of a constant array. @throws Error when there is none */
function section(source: string, name: string): string {
  const start = source.match(new RegExp(`static const ${name}\\[\\w+\\] = \\{\n`));
  const from = start?.index === undefined ? -1 : start.index + start[0].length;
  const to = source.indexOf('\n\n', from);
  if (from < 0 || to < 0) throw new Error(`mc.xs.c: expected ${name}, found none`);
  return source.slice(from, to);
}

function slotOf(line: string, index: number): Slot {
  const kind = line.match(/\.kind = XS_(\w+)_KIND/)?.[1] ?? '';
  const text = textLength(line);
  const digits = Number(line.match(/gxBigIntData\[\d+\], \.size = (\d+)/)?.[1] ?? 0);
  const references = referencesIn(line);
  // In front of the elements of an array stands their number.
  const elements = Number(line.match(/\.integer = (\d+) \* sizeof/)?.[1] ?? 0);
  const array = line.match(/\.array = \{ \(txSlot\*\)&gxHeap\[(\d+)\]/)?.[1];
  if (array !== undefined) references.push(Number(array) - 1);
  for (let k = 1; k <= elements; k++) references.push(index + k);
  return {
    kind,
    bytes: SLOT_SIZE + text + POINTER_SIZE * digits,
    code: kind === 'CODE_X' ? text : 0,
    references,
  };
}

function referencesIn(text: string): number[] {
  return [...text.matchAll(/gxHeap\[(\d+)\]/g)].map(([, place]) => Number(place));
}

/** Bytes of the string literal in a line, with the NUL behind it; 0 when there is none. */
function textLength(line: string): number {
  const [from, to] = [line.indexOf('"'), line.lastIndexOf('"')];
  if (from < 0) return 0;
  // xsl ends a literal and begins another where the next character would pass for a digit.
  const text = line.slice(from + 1, to).replaceAll('""', '');
  return text.replace(/\\x[0-9a-f]{2}|\\./g, '.').length + 1;
}
