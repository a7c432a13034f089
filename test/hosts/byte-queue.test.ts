import test from 'ava';
import * as fc from 'fast-check';
import { ByteQueue } from '../../hosts/byte-queue';

test('bytes come out as they went in, in pieces of any size', t => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.array(fc.integer({ min: 1, max: 15 })),
      (added, limits) => {
        const queue = new ByteQueue();
        for (const bytes of added) queue.add(bytes);
        const out: number[] = [];
        for (const limit of limits) {
          const bytes = queue.take(limit);
          t.is(bytes?.length ?? 0, Math.min(limit, added.flatMap(part => [...part]).length - out.length));
          out.push(...(bytes ?? []));
        }
        out.push(...(queue.take() ?? []));
        t.deepEqual(
          out,
          added.flatMap(part => [...part]),
        );
        t.is(queue.length, 0);
        t.is(queue.take(), undefined);
      },
    ),
  );
});
