import test, { type ExecutionContext } from 'ava';
import { buildXs } from '../../hosts/moddable/desktop-build';
import { buildImage } from '../../hosts/xs/image';
import { type XsImage, XsMeter } from '../../hosts/xs/xs-meter';
import { WORST_CASE } from './leak-run';
import { type MakeMeter, MeterRig, type MeterRigOptions } from './meter-rig';
import { withSdk } from './sdk';

/** A rig for the place where the test runs. */
export type RigOf = (options?: MeterRigOptions) => MeterRig;

/** ms */
const SDK_BUILD_TIME = 300_000;

let image: XsImage | undefined;
let sdkProgram: Promise<string> | undefined;
test.before(async () => {
  image = await buildImage();
});

/** For what would take too long on XS, and depends on no engine. */
export const inNode: RigOf = options => new MeterRig(options);

/**
 * The same test in Node and on XS, there with as much heap as ever may be needed. One after the other: they would only
 * wait for each other, and none end for a long time.
 */
export function meterTest(title: string, run: (t: ExecutionContext, rigOf: RigOf) => Promise<void>): void {
  test.serial(title, t => run(t, inNode));
  test.serial(`on XS, ${title}`, t =>
    run(t, options => {
      const rig = new MeterRig({ makeMeter: onXs(), ...options });
      t.teardown(() => rig.cutPower());
      return rig;
    }),
  );
}

/** The same test as `meterTest`, and once more on the XS of the Moddable SDK where that is there. */
export function meterTestEverywhere(
  title: string,
  run: (t: ExecutionContext, rigOf: RigOf) => Promise<void>,
): void {
  meterTest(title, run);
  withSdk(`on the XS of the SDK, ${title}`, async t => {
    t.timeout(SDK_BUILD_TIME);
    sdkProgram ??= buildXs();
    const sdkImage = { engine: await sdkProgram, firmware: '' };
    await run(t, options => {
      const makeMeter: MakeMeter = (host, meterOptions) => new XsMeter(sdkImage, host, meterOptions);
      const rig = new MeterRig({ makeMeter, ...options });
      t.teardown(() => rig.cutPower());
      return rig;
    });
  });
}

/** Makes meters on XS, whose heap can grow by `budget` bytes. */
export function onXs(budget = WORST_CASE): MakeMeter {
  return (host, options) => {
    if (image === undefined) throw new Error('onXs: expected to be called when tests run');
    return new XsMeter(image, host, options, budget);
  };
}
