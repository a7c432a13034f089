import test from 'ava';
import fc from 'fast-check';
import { TrustedClock } from '../../../firmware/trusted-clock';
import { BoardClock } from '../../../hosts/esp32/clock';
import { sntpRequest, sntpTime } from '../../../hosts/esp32/sntp';
import { type Datagram, TimeKeeper } from '../../../hosts/esp32/time';
import { VirtualClock } from '../../../hosts/mock/clock';

const NOW = 1_800_000_000_250;
const EARLIEST = 1_767_225_600_000;
const UNIX_EPOCH = 2_208_988_800;
const COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** What a server answers to a request at a Unix time in ms (RFC 5905, 7.3). */
function answer(
  request: Uint8Array,
  milliseconds: number,
  change: Partial<{ head: number; stratum: number }> = {},
) {
  const packet = Buffer.alloc(48);
  packet[0] = change.head ?? 0x24;
  packet[1] = change.stratum ?? 2;
  packet.set(request.subarray(40, 48), 24);
  packet.writeUInt32BE((Math.floor(milliseconds / 1000) + UNIX_EPOCH) % 2 ** 32, 40);
  packet.writeUInt32BE(Math.floor(((milliseconds % 1000) / 1000) * 2 ** 32), 44);
  return new Uint8Array(packet);
}

test('a request holds nothing but the version and the cookie', t => {
  const request = sntpRequest(COOKIE);
  t.is(request.length, 48);
  t.is(request[0], 0x23);
  t.deepEqual(request.subarray(40), COOKIE);
  t.true(request.subarray(1, 40).every(byte => byte === 0));
});

test('the time of an answer is read to the millisecond, beyond 2036 too', t => {
  const request = sntpRequest(COOKIE);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), milliseconds => {
      const time = sntpTime(answer(request, milliseconds), COOKIE);
      return time !== undefined && Math.abs(time - milliseconds) < 0.01;
    }),
  );
  t.pass();
});

test('what is no answer to the question, or of no use, tells no time', t => {
  const request = sntpRequest(COOKIE);
  t.is(sntpTime(answer(request, NOW), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9)), undefined, 'another question');
  t.is(sntpTime(answer(request, NOW, { head: 0x23 }), COOKIE), undefined, 'a client');
  t.is(sntpTime(answer(request, NOW, { head: 0xe4 }), COOKIE), undefined, 'its own clock is not set');
  t.is(sntpTime(answer(request, NOW, { stratum: 0 }), COOKIE), undefined, 'a kiss of death');
  t.is(sntpTime(answer(request, NOW, { stratum: 16 }), COOKIE), undefined);
  const timeless = answer(request, NOW).fill(0, 40);
  t.is(sntpTime(timeless, COOKIE), undefined, 'no time, which would be that of 2036');
  t.is(sntpTime(answer(request, NOW).subarray(0, 47), COOKIE), undefined, 'too short');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      sntpTime(bytes, COOKIE);
      return true;
    }),
  );
});

interface Sent {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly socket: Datagrams;
}

class Datagrams {
  static sent: Sent[] = [];
  static open = 0;
  static isBroken = false;
  readonly #incoming: (Uint8Array & { from?: { address: string; port: number } })[] = [];

  constructor(readonly options: { onReadable(count: number): void }) {
    Datagrams.open++;
  }

  read(): Datagram | undefined {
    const packet = this.#incoming.shift();
    return packet && Object.assign(packet.slice().buffer as ArrayBuffer, packet.from);
  }

  write(bytes: Uint8Array, address: string, port: number): void {
    if (Datagrams.isBroken) throw new Error('UDP send failed');
    Datagrams.sent.push({ bytes, address, port, socket: this });
  }

  close(): void {
    Datagrams.open--;
  }

  come(...packets: readonly Uint8Array[]): void {
    this.#incoming.push(...packets);
    this.options.onReadable(packets.length);
  }

  /** With where it comes from, as ECMA-419 has it. */
  comeFrom(address: string, port: number, packet: Uint8Array): void {
    this.come(Object.assign(packet, { from: { address, port } }));
  }
}

function fresh(servers = ['one', 'lost', 'two']) {
  Datagrams.sent = [];
  Datagrams.open = 0;
  Datagrams.isBroken = false;
  const time = new VirtualClock();
  const timers = {
    set: (callback: () => void, milliseconds: number) => time.after(milliseconds, callback),
    clear: (timer: { cancel(): void }) => timer.cancel(),
  };
  const clock = new BoardClock({ timers, microseconds: () => time.monotonic() * 1000 });
  const set: number[] = [];
  let cookies = 0;
  const keeper = new TimeKeeper({
    ...{ io: Datagrams, clock, servers, earliest: EARLIEST },
    crypto: { random: length => new Uint8Array(length).fill(++cookies) },
    resolve: (host, callback) => {
      if (host !== 'lost') callback(host);
    },
    onSet: milliseconds => set.push(milliseconds),
  });
  const last = () => Datagrams.sent.at(-1) as Sent;
  return { time, clock, keeper, set, last };
}

test('the first answer sets the clock, to half of the way there and back', t => {
  const { time, clock, keeper, set, last } = fresh();
  keeper.onNetwork();
  t.like(last(), { address: 'one', port: 123 });
  time.advance(600);
  last().socket.come(answer(last().bytes, NOW));
  t.is(clock.now(), 1_800_000_000);
  t.true(Math.abs((set[0] as number) - (NOW + 300)) < 1);
  t.is(Datagrams.open, 0);
});

test('a stranger’s packets are passed over, and the server’s counts', t => {
  const { clock, keeper, last } = fresh();
  keeper.onNetwork();
  const forged = answer(sntpRequest(new Uint8Array(8).fill(99)), 2_000_000_000_000);
  last().socket.come(forged, Uint8Array.of(1), answer(last().bytes, NOW), forged);
  t.is(clock.now(), 1_800_000_000);
});

test('an answer from elsewhere than the server that was asked is passed over', t => {
  const { clock, keeper, last } = fresh();
  keeper.onNetwork();
  const right = () => answer(last().bytes, NOW);
  last().socket.comeFrom('two', 123, right());
  last().socket.comeFrom('one', 124, right());
  t.is(clock.now(), undefined);
  last().socket.comeFrom('one', 123, right());
  t.is(clock.now(), 1_800_000_000);
});

test('a time of the next century is no time', t => {
  const { time, clock, keeper, last } = fresh();
  keeper.onNetwork();
  last().socket.come(answer(last().bytes, Date.UTC(2100, 0, 1)));
  t.is(clock.now(), undefined);
  time.advance(5000);
  t.is(last().address, 'two');
});

test('a server that is silent, wrong or not to be found is followed by the next', t => {
  const { time, clock, keeper, last } = fresh();
  keeper.onNetwork();
  last().socket.come(answer(last().bytes, EARLIEST - 1));
  t.is(clock.now(), undefined, 'before the firmware was made');
  t.is(Datagrams.sent.length, 1);
  time.advance(5000);
  t.is(last().address, 'two');
  last().socket.come(answer(last().bytes, NOW));
  t.is(clock.now(), 1_800_000_000);
});

test('when no server answers all are asked again, ever more rarely, without end', t => {
  const { time, keeper } = fresh();
  keeper.onNetwork();
  time.advance(3_600_000);
  const anHour = Datagrams.sent.length;
  t.true(anHour > 20 && anHour < 100, String(anHour));
  time.advance(36_000_000);
  const further = Datagrams.sent.length - anHour;
  t.true(further > 100 && further < 800, String(further));
  t.true(Datagrams.open <= 1);
});

test('what cannot be sent is tried again', t => {
  const { time, clock, keeper, last } = fresh();
  Datagrams.isBroken = true;
  keeper.onNetwork();
  time.advance(60_000);
  Datagrams.isBroken = false;
  while (Datagrams.open === 0) time.advance(100);
  last().socket.come(answer(last().bytes, NOW));
  t.is(clock.now(), 1_800_000_000);
});

test('the time is asked for six times in the first hour, then daily, and not for each return of the network', t => {
  const { time, clock, keeper, last } = fresh();
  const right = () => last().socket.come(answer(last().bytes, NOW + time.monotonic()));
  keeper.onNetwork();
  keeper.onNetwork();
  t.is(Datagrams.sent.length, 1);
  right();
  for (let k = 0; k < 10; k++) keeper.onNetwork();
  t.is(Datagrams.sent.length, 1);
  for (let sent = 2; sent <= 7; sent++) {
    time.advance(600_000);
    t.is(Datagrams.sent.length, sent);
    right();
  }
  time.advance(86_399_999);
  t.is(Datagrams.sent.length, 7);
  time.advance(1);
  t.is(Datagrams.sent.length, 8);
  // the crystal was a second too fast
  last().socket.come(answer(last().bytes, NOW + time.monotonic() - 1000));
  t.is(clock.now(), 1_800_089_999);
  time.advance(86_399_999);
  t.is(Datagrams.sent.length, 8, 'a correction is no news');
});

test('an answer that is far off is asked about again within the hour in which it is not believed', t => {
  const { time, keeper, clock, last } = fresh(['one']);
  const trusted = new TrustedClock(clock);
  const right = () => last().socket.come(answer(last().bytes, NOW + time.monotonic()));
  keeper.onNetwork();
  right();
  for (let k = 0; k < 6; k++) {
    time.advance(600_000);
    right();
    trusted.now();
  }
  time.advance(86_400_000);
  last().socket.come(answer(last().bytes, Date.UTC(2080, 0, 1)));
  t.is(trusted.now(), Math.floor((NOW + time.monotonic()) / 1000));
  time.advance(600_000);
  right();
  t.is(clock.now(), Math.floor((NOW + time.monotonic()) / 1000));
  t.is(trusted.now(), clock.now());
});

test('a network that comes asks at once, whatever was waited for', t => {
  const { time, keeper } = fresh(['one']);
  keeper.onNetwork();
  time.advance(3_600_000);
  while (Datagrams.open > 0) time.advance(1);
  const before = Datagrams.sent.length;
  keeper.onNetwork();
  t.is(Datagrams.sent.length, before + 1);
});
