import test from 'ava';
import fc from 'fast-check';
import { DeviceDirectory, deviceEui } from '../../../simulator/console/device-directory';

test('the devEui of a meter is the same for ever', t => {
  t.is(deviceEui(100, 7n), '0632d10cabe118e9');
  t.is(deviceEui(1, 2n ** 256n - 1n), '323e26d8b558ebeb');
});

test('a devEui is a locally administered EUI-64 of one device, another for each meter and chain', t => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (chainId, m3terId) => {
      const devEui = deviceEui(chainId, m3terId);
      t.regex(devEui, /^[0-9a-f]{16}$/);
      t.is(Number.parseInt(devEui.slice(0, 2), 16) & 0b11, 0b10);
      const name = `${chainId}/${m3terId}`;
      t.is(seen.get(devEui) ?? name, name);
      seen.set(devEui, name);
    }),
  );
});

test('a meter is found from when it speaks on, under the same name', t => {
  const directory = new DeviceDirectory(m3terId => deviceEui(100, m3terId));
  const devEui = deviceEui(100, 7n);
  t.is(directory.find(devEui), undefined);
  const first = directory.admit(7n);
  t.deepEqual(first, { ok: true, value: { m3terId: 7n, devEui, frames: 0 } });
  t.deepEqual(directory.admit(7n), first);
  t.is(directory.find(devEui)?.m3terId, 7n);
  t.is(directory.find(devEui.toUpperCase())?.m3terId, 7n);
});

test('the second of two meters with one devEui is refused, and the first keeps it', t => {
  const directory = new DeviceDirectory(() => '02ff000000000001');
  t.true(directory.admit(7n).ok);
  t.deepEqual(directory.admit(8n), { ok: false, fault: 'collision' });
  t.is(directory.find('02ff000000000001')?.m3terId, 7n);
});

test('no flood of meters makes the directory grow without end, nor shuts those out that it knows', t => {
  const directory = new DeviceDirectory(m3terId => m3terId.toString(16).padStart(16, '0'));
  for (let k = 0n; k < 65_536n; k++) directory.admit(k);
  t.deepEqual(directory.admit(65_536n), { ok: false, fault: 'too-many' });
  t.true(directory.admit(7n).ok);
});
