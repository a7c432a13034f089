import test from 'ava';
import { FIRMWARE_VERSION } from '../../firmware/version';
import packageFile from '../../package.json' with { type: 'json' };

test("the firmware's version is the package's", t => {
  const [major = 0, minor = 0, patch = 0] = packageFile.version.split('.').map(Number);
  t.is(FIRMWARE_VERSION, (major << 16) | (minor << 8) | patch);
  t.true(Math.max(major, minor, patch) < 256);
});
