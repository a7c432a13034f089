import { Session } from 'node:inspector/promises';
import test from 'ava';
import { Kernel } from '../../../firmware/metrology/kernel';

interface ProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

const PAIRS = 400;

/** 50 Hz at 4000 sample sets a second. */
function block(): Uint16Array {
  const counts = new Uint16Array(2 * PAIRS);
  for (let k = 0; k < PAIRS; k++) {
    counts[2 * k] = 2048 + 1400 * Math.sin((2 * Math.PI * k) / 80);
    counts[2 * k + 1] = 2048 + 300 * Math.sin((2 * Math.PI * k) / 80 - 0.5);
  }
  return counts;
}

/** Bytes that functions of the kernel's files allocated, by name, while it summed so many blocks. */
async function allocationsOf(blocks: number): Promise<Map<string, number>> {
  const counts = block();
  const kernel = new Kernel({ phases: 1, startTime: 0 }, () => {});
  let time = 0;
  const sum = () => {
    time += 250 * PAIRS;
    kernel.add(counts, PAIRS, time);
  };
  // The compiler allocates too, until it is through with them.
  for (let k = 0; k < 500; k++) sum();
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 1,
    includeObjectsCollectedByMinorGC: true,
    includeObjectsCollectedByMajorGC: true,
  });
  for (let k = 0; k < blocks; k++) sum();
  const { profile } = (await session.post('HeapProfiler.stopSampling')) as { profile: { head: ProfileNode } };
  session.disconnect();
  const allocated = new Map<string, number>();
  const visit = ({ callFrame, selfSize, children }: ProfileNode) => {
    const { functionName, url } = callFrame;
    if (/metrology/.test(url)) allocated.set(functionName, (allocated.get(functionName) ?? 0) + selfSize);
    for (const child of children) visit(child);
  };
  visit(profile.head);
  return allocated;
}

test('summing allocates nothing but windows', async t => {
  const blocks = 200;
  const allocated = await allocationsOf(blocks);
  const total = [...allocated.values()].reduce((sum, bytes) => sum + bytes, 0);
  const windows = (blocks * PAIRS) / 800;
  t.true(total > 0, 'expected the windows at least');
  t.true(total / windows < 4096, `${total / windows} bytes a window of 800 pairs: ${[...allocated]}`);
  // What the compiler still allocates in the name of the loop, when the machine is busy, it does not a second time.
  let inLoop = allocated.get('add') ?? 0;
  for (let again = 0; again < 3 && inLoop > 0; again++)
    inLoop = (await allocationsOf(blocks)).get('add') ?? 0;
  t.is(inLoop, 0, [...allocated].join('; '));
});
