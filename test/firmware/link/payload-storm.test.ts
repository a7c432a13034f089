import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Fate, INTERVAL, PayloadWorld } from './payload-world';

/** ms */
const ROUND = INTERVAL * 1000;
/** ms in which everything that was under way has arrived, and the meter has tried again */
const CALM = 60 * ROUND;

/** Arrives soon, late, after rounds have gone by, several times, or never. */
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.constant([1]) },
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(fc.nat(4 * ROUND), { minLength: 1, maxLength: 3 }) },
);

type Blow =
  | { readonly kind: 'draw'; readonly energy: number }
  | { readonly kind: 'pass'; readonly time: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'reboot'; readonly cutAt: number | undefined }
  | { readonly kind: 'offline'; readonly time: number };

const blow: fc.Arbitrary<Blow> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('draw' as const), energy: fc.nat(200_000) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), time: fc.nat(2 * ROUND) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reboot' as const),
      cutAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('offline' as const), time: fc.nat(2 * ROUND) }) },
);

const storm = fc.record({
  seed: fc.nat(),
  handling: fc.constantFrom(0, 500, 20_000),
  payloads: fc.array(fate, { minLength: 10, maxLength: 60, size: 'max' }),
  answers: fc.array(fate, { minLength: 10, maxLength: 60, size: 'max' }),
  blows: fc.array(blow, { minLength: 20, maxLength: 80, size: 'max' }),
});

function strike(world: PayloadWorld, strikes: Blow): void {
  if (strikes.kind === 'draw') world.draw(strikes.energy);
  else if (strikes.kind === 'pass') world.pass(strikes.time);
  else if (strikes.kind === 'cut') world.flash.power.cutAt(strikes.at);
  else if (strikes.kind === 'reboot') world.boot(strikes.cutAt);
  else {
    world.dialogue.setOnline(false);
    world.pass(strikes.time);
    world.dialogue.setOnline(true);
  }
}

/** One after the other, and from the beginning again. */
function inTurn(fates: readonly Fate[]): () => Fate {
  let next = 0;
  return () => fates[next++ % fates.length] as Fate;
}

/** What holds at any time. */
function assertPromises(t: ExecutionContext, { console, stated }: PayloadWorld): void {
  t.deepEqual(
    console.taken.map(({ nonce }) => nonce),
    console.taken.map((_, k) => k + 1),
  );
  const messages = new Map<number, string>();
  for (const [nonce, message] of stated) {
    if ((messages.get(nonce) ?? message) !== message) t.fail(`two payloads ${nonce}`);
    messages.set(nonce, message);
  }
}

test('no delay, loss, repetition or power cut makes a nonce skip, an energy change, or a mWh count twice', t => {
  let cuts = 0;
  fc.assert(
    fc.property(storm, ({ seed, handling, payloads, answers, blows }) => {
      const world = new PayloadWorld(seed);
      world.handling = handling;
      world.fateOfPayload = inTurn(payloads);
      world.fateOfAnswer = inTurn(answers);
      for (const each of blows) {
        strike(world, each);
        const { ledger, account, console } = world;
        const { covered } = account.last;
        if (console.energy > covered || covered > ledger.registers.imported)
          throw new Error(`taken ${console.energy}, covered ${covered}`);
      }
      assertPromises(t, world);
      cuts += world.boots - 1;
      world.fateOfPayload = () => [1];
      world.fateOfAnswer = () => [1];
      world.flash.power.reboot();
      world.pass(CALM);
      assertPromises(t, world);
      const { ledger, account, console } = world;
      t.is(console.last, account.last.nonce);
      t.is(console.energy, account.last.covered as number);
      t.is(console.energy, ledger.registers.imported as number);
    }),
    { numRuns: 150 },
  );
  t.true(cuts > 150, `${cuts} cuts`);
});
