import test from 'ava';
import { plainProperties } from '../../../hosts/xs/plain-properties';

/** What the module's `result` is, as it stands and with plain properties. */
async function results(source: string): Promise<readonly unknown[]> {
  const result = async (text: string) =>
    ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { readonly result: unknown })
      .result;
  return [await result(source), await result(plainProperties(source))];
}

test('fields, methods, accessors and static ones do what they did', async t => {
  const source = `
    class Counter {
      static #made = 0;
      static get made() { return Counter.#made; }
      #count = 3;
      #step;
      constructor(step) { this.#step = step; Counter.#made += 1; }
      get #next() { return this.#count + this.#step; }
      set #next(value) { this.#count = value; }
      #advance() { this.#next = this.#next; return this; }
      count() { return this.#advance()?.#count; }
    }
    export const result = [new Counter(2).count(), new Counter(4).count(), Counter.made, \`#\${'#count'} #\`, /#count/.source];`;
  const [before, after] = await results(source);
  t.deepEqual(before, [5, 7, 2, '##count #', '#count']);
  t.deepEqual(after, before);
  t.false(/this\.#|Counter\.#/.test(plainProperties(source)));
});

test('a private property and a public one of the same name are two', async t => {
  const source = `
    class Lamp { lit = 1; #lit = 2; _lit = 3; get all() { return [this.lit, this.#lit, this._lit]; } }
    export const result = new Lamp().all;`;
  t.deepEqual(await results(source), [
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test('a class and one that extends it do not share a private name', async t => {
  const source = `
    class Sensor { #fault = 'a'; fault() { return this.#fault; } }
    class Chip extends Sensor { #fault = 'b'; chipFault() { return this.#fault; } }
    class Meter extends Chip { #fault = 'c'; meterFault() { return this.#fault; } }
    const meter = new Meter();
    export const result = [meter.fault(), meter.chipFault(), meter.meterFault()];`;
  t.deepEqual(await results(source), [
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
});

test("a class within another's method reaches the private names of both", async t => {
  const source = `
    class Outer extends Array {
      #left = 1;
      sum() {
        const outer = this;
        return new (class { #right = 2; sum() { return outer.#left + this.#right; } })().sum();
      }
    }
    export const result = new Outer().sum();`;
  t.deepEqual(await results(source), [3, 3]);
});

test('every line stays where it was', t => {
  const source = 'class A {\n  #a = 1;\n\n  b() {\n    return this.#a;\n  }\n}\n';
  t.is(plainProperties(source), source.replaceAll('#', '$'));
});

test('where a plain property would not do, there is none', t => {
  const refused: readonly (readonly [string, string])[] = [
    ['class A { #a; static is(o) { return #a in o; } }', '#a in: expected no test for a private name'],
    [
      'export default class extends Array { #a; }',
      '#a: expected a name for the class, since it extends another',
    ],
    ['class A { #a; } new A().$a = 1;', '$a: expected a name that does not begin with $'],
    ['const $ = 1;', '$: expected a name that does not begin with $'],
  ];
  for (const [source, message] of refused) t.throws(() => plainProperties(source), { message });
  t.throws(() => plainProperties('class A { b() { return this.#a; } }'), { instanceOf: SyntaxError });
});
