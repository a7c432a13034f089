import test from 'ava';
import type { Capture, Window } from '../../../firmware/host';
import { VirtualClock } from '../../../hosts/mock/clock';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { MemoryNetwork } from '../../../hosts/mock/network';
import { MockRelay } from '../../../hosts/mock/relay';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../../hosts/node/crypto';
import { RemoteHost } from '../../../hosts/xs/device/remote-host';
import { HostServer } from '../../../hosts/xs/host-server';
import { decodeValues, encodeValues, type Value } from '../../../hosts/xs/values';

const throughPipe = (values: readonly Value[]) => decodeValues(encodeValues(values));

/** Both ends of the pipe in one process, and what comes of the sensor at the far one. */
function connect() {
  const sensor = new ScriptedSensor(3);
  let remote: RemoteHost | undefined;
  const server = new HostServer(
    {
      ...{ sensor, clock: new VirtualClock(), relay: new MockRelay(), flash: emulatedFlash(1) },
      ...{ crypto: createCrypto(), secrets: { seed: () => new Uint8Array(32) } },
      network: new MemoryNetwork(() => {}),
    },
    (event, ...args) => remote?.tell(event, throughPipe(args)),
  );
  remote = new RemoteHost((port, ...args) => throughPipe([server.answer(port, throughPipe(args))])[0]);
  const heard: (Window | Capture)[] = [];
  remote.sensor.start({
    onWindow: window => heard.push(window),
    onMeasurement: () => {},
    onFault: () => {},
    onCapture: capture => heard.push(capture),
  });
  return { sensor, remote, heard };
}

test('a window goes through the pipe with all that it holds', t => {
  const { sensor, heard } = connect();
  const sums = (from: number) => ({
    ...{ v: from, i: from + 1, vEarlier: from + 2, iEarlier: from + 3, vv: from + 4 },
    ...{ ii: from + 5, vi: from + 6, vEarlierI: from + 7, vIEarlier: from + 8 },
  });
  const times = { samples: 1, cycles: 2, duration: 3, cycleSpan: 4, gap: 5 };
  const window = { phases: [sums(10), sums(20), sums(30)], ...times };
  sensor.window(window);
  t.deepEqual(heard, [window]);
});

test('a capture is asked for and answered through the pipe', t => {
  const { sensor, remote, heard } = connect();
  remote.sensor.capture?.(2);
  t.is(sensor.asked, 2);
  const capture = { counts: Uint16Array.from({ length: 12 }, (_, k) => 5400 * k), samplePeriod: 250.125 };
  sensor.captured(capture);
  t.deepEqual(heard, [capture]);
});
