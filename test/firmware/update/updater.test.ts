import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { EVENT_CODES, type EventName } from '../../../firmware/attest/event';
import type { FirmwareRelease } from '../../../firmware/attest/signed-types';
import { Ledger } from '../../../firmware/ledger/ledger';
import { DEADLINE } from '../../../firmware/update/reception';
import { Updater } from '../../../firmware/update/updater';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { MemoryNetwork } from '../../../hosts/mock/network';
import { Prng } from '../../../hosts/mock/prng';
import { MockSlots, mockImage } from '../../../hosts/mock/slots';
import { RealClock } from '../../../hosts/node/clock';
import { NodeNetwork } from '../../../hosts/node/network';
import { type Answer, bringing, FileServer, head, rangeStart } from '../../support/file-server';
import { crypto } from '../../support/messages';
import { pass, until } from '../../support/session';

const SLOT = 65_536;
const RUNNING = 3;
const IMAGE = mockImage(4, 20_000);
const HASH = Uint8Array.from(createHash('sha256').update(IMAGE).digest());
const MINUTE = 60_000;
const URL = 'http://files.example:8080/m3ter/4.bin?x';
const RELEASE: FirmwareRelease = { m3terId: 7n, version: 4, hash: HASH, url: URL };

/** An updater of a meter that is well, in virtual time, and the server that it finds. */
function makeBench(answer: Answer, image = { size: SLOT, version: RUNNING }) {
  const clock = new VirtualClock();
  const server = new FileServer(answer);
  const asked: string[] = [];
  const network = new MemoryNetwork((stream, { host, port, tls }) => {
    asked.push(`${host}:${port}${tls === undefined ? '' : ` ${JSON.stringify(tls)}`}`);
    server.serve(stream);
  });
  const slots = new MockSlots(image);
  const region = new EmulatedFlash({ size: 16_384, sectorSize: 4096, prng: new Prng('updater') });
  const diary: string[] = [];
  let restart: string | undefined;
  const boot = (ports: object = {}) => {
    const opened = Ledger.open(region);
    if (!opened.ok) throw new Error(opened.fault);
    const update = slots.boot(cause => {
      restart = cause;
    });
    const updater = new Updater(
      {
        ...{ clock, network, crypto, update },
        ...(update.wasRolledBack && { restart: 'rollback' }),
        ...ports,
      },
      {
        ...{ ledger: opened.value, tls: { authority: 'CA' }, mustConnect: true },
        isWell: () => true,
        isOnline: () => true,
        note: (name, detail) => diary.push(`${name} ${told(name, detail)}`),
        leave: () => diary.push('leave'),
        stop: () => diary.push('stop'),
      },
    );
    updater.start();
    return { updater, ledger: opened.value };
  };
  const first = boot();
  const live = (milliseconds: number) => pass(milliseconds, clock, network);
  return { ...first, clock, server, asked, slots, diary, boot, live, restarts: () => restart };
}

/** A number, or a text. */
function told(name: EventName, detail: Uint8Array): string {
  const text = Buffer.from(detail);
  return name === 'updateFailed' ? text.toString('ascii').replaceAll('\0', '') : `${text.readUInt32BE(28)}`;
}

test('an image is received in one request, starts after a farewell, and is kept once it has proved itself', async t => {
  const bench = makeBench(bringing(IMAGE));
  const { updater, ledger: former, server, asked, slots, diary, boot, live, restarts } = bench;
  t.is(updater.take(RELEASE), 'applied');
  await live(0);
  t.deepEqual(asked, ['files.example:8080']);
  t.deepEqual(server.requests, ['GET /m3ter/4.bin?x HTTP/1.1\r\nHost: files.example:8080\r\n\r\n']);
  t.deepEqual(diary, ['updateReady 4']);
  t.deepEqual(Buffer.concat(slots.received), Buffer.from(IMAGE));
  t.true(slots.received.every(piece => piece.length <= 1024));
  await live(9999);
  t.deepEqual(diary, ['updateReady 4']);
  await live(2001);
  t.deepEqual(diary.splice(0), ['updateReady 4', 'leave', 'stop']);
  t.is(restarts(), 'requested');
  t.is(former.settings.triedFirmware, 4);
  t.is(slots.version, RUNNING);
  const { ledger } = boot();
  t.like(slots, { version: 4, isOnTrial: true });
  await live(11 * MINUTE);
  t.deepEqual(diary, ['updateConfirmed 4']);
  t.false(slots.isOnTrial);
  t.is(ledger.settings.triedFirmware, 4);
});

test('pieces come one a turn, so that everything else gets its turns', async t => {
  const { boot, clock, slots, live } = makeBench(bringing(IMAGE));
  const pieces: number[] = [];
  const counting = {
    monotonic: () => clock.monotonic(),
    now: () => clock.now(),
    after: (milliseconds: number, callback: () => void) =>
      clock.after(milliseconds, () => {
        const before = slots.received.length;
        callback();
        pieces.push(slots.received.length - before);
      }),
  };
  boot({ clock: counting }).updater.take(RELEASE);
  await live(0);
  t.is(Math.max(...pieces), 1);
  t.is(
    pieces.reduce((sum, count) => sum + count),
    20,
  );
});

test('what runs, what was tried and what is on its way is not received again, nor anything older', async t => {
  const { updater, server, boot, live } = makeBench(bringing(IMAGE));
  for (const version of [0, 2, RUNNING]) t.is(updater.take({ ...RELEASE, version }), 'stale');
  t.is(updater.take(RELEASE), 'applied');
  t.is(updater.take(RELEASE), 'stale');
  await live(0);
  t.is(updater.take({ ...RELEASE, version: 9 }), 'stale');
  updater.stop();
  boot();
  const back = boot();
  for (const version of [2, RUNNING, 4]) t.is(back.updater.take({ ...RELEASE, version }), 'stale');
  t.is(back.updater.take({ ...RELEASE, version: 5 }), 'applied');
  await live(0);
  t.is(server.requests.length, 2);
});

test('firmware that is taken back is told of, and not tried again', async t => {
  const { updater, diary, boot, live, slots } = makeBench(bringing(IMAGE));
  updater.take(RELEASE);
  await live(20_000);
  updater.stop();
  boot().updater.stop();
  diary.splice(0);
  const { updater: former } = boot();
  t.deepEqual(diary, ['updateRefused 4']);
  t.is(slots.version, RUNNING);
  t.is(former.take(RELEASE), 'stale');
});

test('a newer release takes the place of one on its way, and waits for the end of a trial', async t => {
  const newer = mockImage(5, 9000);
  const hash = Uint8Array.from(createHash('sha256').update(newer).digest());
  const { updater, server, slots, boot, live, diary } = makeBench(bringing(IMAGE, 3000));
  updater.take(RELEASE);
  await live(0);
  server.answer = bringing(IMAGE);
  t.is(updater.take({ ...RELEASE, version: 6 }), 'applied');
  await live(20_000);
  t.is(rangeStart(server.requests[1] ?? ''), 0);
  t.deepEqual(diary.splice(0), ['updateReady 6', 'leave', 'stop']);
  updater.stop();
  const { updater: onTrial } = boot();
  server.answer = bringing(newer);
  t.is(onTrial.take({ ...RELEASE, version: 7, hash, url: 'https://files.example/' }), 'applied');
  await live(9 * MINUTE);
  t.is(server.requests.length, 2);
  await live(2 * MINUTE);
  t.deepEqual(diary, ['updateConfirmed 4', 'updateReady 7', 'leave', 'stop']);
  boot();
  t.is(slots.version, 5);
});

test('https trusts whom the broker is trusted by', async t => {
  const { updater, asked, live } = makeBench(() => {});
  updater.take({ ...RELEASE, url: 'https://files.example/' });
  await live(0);
  t.deepEqual(asked, ['files.example:443 {"authority":"CA"}']);
});

test('a reception that breaks off goes on where it was, at its own pace, and begins anew where a server cannot', async t => {
  const { updater, server, slots, live, diary } = makeBench(bringing(IMAGE, 6000));
  updater.take(RELEASE);
  await live(0);
  t.is(server.requests.length, 1);
  await live(10_000);
  t.deepEqual(server.requests.map(rangeStart), [0, 6000, 12_000, 18_000]);
  t.deepEqual(Buffer.concat(slots.received), Buffer.from(IMAGE));
  t.deepEqual(diary[0], 'updateReady 4');

  const forgetful = makeBench(bringing(IMAGE, 6000));
  forgetful.updater.take(RELEASE);
  await forgetful.live(0);
  forgetful.server.answer = stream => bringing(IMAGE)(stream, '');
  await forgetful.live(3000);
  t.is(rangeStart(forgetful.server.requests[1] ?? ''), 6000);
  t.deepEqual(Buffer.concat(forgetful.slots.received), Buffer.from(IMAGE));
  t.deepEqual(forgetful.diary, ['updateReady 4']);
});

test('a line that brings something each time is not waited for as one that brings nothing', async t => {
  const { updater, server, live, diary } = makeBench(bringing(IMAGE, 500));
  updater.take(RELEASE);
  await live(2 * MINUTE);
  t.is(server.requests.length, 40);
  t.is(diary[0], 'updateReady 4');
});

/** Every way in which a server brings no firmware, and what the meter says of it at once or at the end of the day. */
const HOSTILE: { readonly [what: string]: readonly [fault: string, answer: Answer] } = {
  'endless header fields': [
    'malformed',
    stream => void stream.write(`HTTP/1.1 200 OK\r\n${'X-Filler: x\r\n'.repeat(5000)}`),
  ],
  'an endless line': ['malformed', stream => void stream.write(`HTTP/1.1 200 ${'x'.repeat(60_000)}`)],
  'another image': ['wrong-hash', bringing(mockImage(9, 20_000))],
  'more than it says': [
    'wrong-hash',
    stream =>
      void stream.write(Buffer.concat([Buffer.from(head('200 OK', { 'Content-Length': 100 })), IMAGE])),
  ],
  'less than it says': [
    'no-file',
    (stream, request) => {
      if (rangeStart(request) > 0) return void stream.write(head('416 Range Not Satisfiable', {}));
      stream.write(head('200 OK', { 'Content-Length': 30_000 }));
      stream.write(IMAGE);
    },
  ],
  'an image larger than the slot': [
    'no-room',
    stream => void stream.write(head('200 OK', { 'Content-Length': SLOT + 1 })),
  ],
  'an image of 10 GB': [
    'no-room',
    stream => void stream.write(head('200 OK', { 'Content-Length': 9_999_999_999 })),
  ],
  'no image at all': [
    'write-failed',
    stream => void stream.write(`${head('200 OK', { 'Content-Length': 6 })}<html>`),
  ],
  'a redirection': [
    'no-file',
    stream => void stream.write(head('302 Found', { Location: 'http://evil.example/', 'Content-Length': 0 })),
  ],
  'no such file': ['no-file', stream => void stream.write(head('404 Not Found', { 'Content-Length': 9 }))],
  chunks: ['malformed', stream => void stream.write(head('200 OK', { 'Transfer-Encoding': 'chunked' }))],
  'another protocol': ['malformed', stream => void stream.write('220 mail.example ESMTP\r\n\r\n')],
  nothing: ['timeout', () => {}],
  'nothing, and hangs up': ['closed', stream => void stream.end()],
  'a head, and hangs up': [
    'closed',
    stream => void stream.end(head('200 OK', { 'Content-Length': IMAGE.length })),
  ],
  'another file when it goes on': [
    'wrong-hash',
    (stream, request) =>
      bringing(rangeStart(request) > 0 ? mockImage(4, 21_000) : IMAGE, 6000)(stream, request),
  ],
};

for (const [what, [fault, answer]] of Object.entries(HOSTILE))
  test(`a server that brings ${what} moves nothing, and is told of within a day`, async t => {
    const { updater, server, slots, diary, clock, live, boot } = makeBench(answer);
    updater.take(RELEASE);
    await live(DEADLINE);
    t.deepEqual(diary, [`updateFailed ${fault}`]);
    t.false(slots.isReceiving);
    // No faster than every five minutes in the long run.
    t.true(server.requests.length < 1000, `${server.requests.length}`);
    t.is(clock.pending, 0);
    t.is(updater.take(RELEASE), 'stale');
    const { ledger } = boot();
    t.like(slots, { version: RUNNING, isOnTrial: false });
    t.is(ledger.settings.triedFirmware, 0);
  });

test('a server may drip a byte each half minute, but not for more than a day', async t => {
  const small = mockImage(4, 600);
  const hash = Uint8Array.from(createHash('sha256').update(small).digest());
  let dripped = 0;
  const drip = (clock: () => VirtualClock, length: number): Answer => {
    return stream => {
      stream.write(head('200 OK', { 'Content-Length': length }));
      const next = () => {
        if (dripped >= length || stream.destroyed) return;
        stream.write(Uint8Array.of(dripped < 600 ? (small[dripped] ?? 0) : 0));
        dripped++;
        clock().after(30_000, next);
      };
      next();
    };
  };
  const patient = makeBench((stream, request) => drip(() => patient.clock, 600)(stream, request));
  patient.updater.take({ ...RELEASE, hash });
  await patient.live(600 * 30_000 + 1000);
  t.is(patient.diary[0], 'updateReady 4');
  dripped = 0;
  const endless = makeBench((stream, request) => drip(() => endless.clock, SLOT)(stream, request));
  endless.updater.take(RELEASE);
  await endless.live(DEADLINE - 1);
  t.deepEqual(endless.diary, []);
  await endless.live(1);
  t.deepEqual(endless.diary, ['updateFailed timeout']);
  t.is(endless.server.requests.length, 1);
});

test('a flash that fails in between leaves the firmware that runs', async t => {
  const { updater, slots, diary, live, boot, server } = makeBench(bringing(IMAGE, 6000));
  updater.take(RELEASE);
  await live(0);
  slots.isBroken = true;
  server.answer = bringing(IMAGE);
  await live(10_000);
  t.deepEqual(diary, ['updateFailed write-failed']);
  boot();
  t.is(slots.version, RUNNING);
});

test('firmware that its own former one had no time to note is noted at its start', async t => {
  const { boot, ledger, updater, live } = makeBench(bringing(IMAGE));
  updater.take(RELEASE);
  await live(0);
  // As if the power had failed right behind the last step of the slots.
  ledger.update({ triedFirmware: 0 });
  t.is(boot().ledger.settings.triedFirmware, 4);
});

test('a real server of files brings an image', async t => {
  const server = createServer((request, response) => {
    t.is(request.url, '/4.bin');
    response.end(IMAGE);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { boot, diary, slots } = makeBench(() => {});
  const { updater } = boot({ clock: new RealClock(), network: new NodeNetwork() });
  updater.take({ ...RELEASE, url: `http://127.0.0.1:${port}/4.bin` });
  await until('the image is there', () => diary.length > 0);
  updater.stop();
  server.close();
  server.closeAllConnections();
  t.deepEqual(diary, ['updateReady 4']);
  t.deepEqual(Buffer.concat(slots.received), Buffer.from(IMAGE));
});

test('the events have the numbers that are documented', t => {
  const { updateReady, updateConfirmed, updateRefused, updateFailed } = EVENT_CODES;
  t.deepEqual([updateReady, updateConfirmed, updateRefused, updateFailed], [35, 36, 37, 38]);
});
