import type { Network, Socket, SocketOptions, Timer } from '../../firmware/host';
import { ByteQueue } from '../../hosts/byte-queue';
import type { VirtualClock } from '../../hosts/mock/clock';
import { asDuplicate, idOf, PacketSplitter, PUBACK, PUBLISH, readPublication, typeOf } from './packets';
import type { Fate, Weather } from './weather';

/** Bytes that the meter may write at a time */
const ROOM = 16_384;
/** ms that a message to the meter is held back at most */
const LONGEST_HOLD = 60_000;
/** ms that a PUBACK is late at most: more than a meter waits */
const LONGEST_DELAY = 40_000;

/** Sees the packets of one meter, as it wrote them and as they reach it. */
export interface WireWatch {
  opened(): void;
  sent(packet: Uint8Array): void;
  received(packet: Uint8Array): void;
}

/** What befell the packets of a meter. */
export interface StormTally {
  dropped: number;
  stalled: number;
  duplicated: number;
  heldBack: number;
  replayed: number;
  answersLost: number;
  answersLate: number;
}

export interface StormPorts {
  readonly clock: VirtualClock;
  readonly fate: Fate;
  readonly weather: Weather;
  readonly watch: WireWatch;
  readonly tally: StormTally;
  /** Messages that meters of this network were sent before. */
  readonly history: Uint8Array[];
  /** Something moved. */
  readonly onTraffic: () => void;
}

/** One connection to the broker, whose packets are lost, doubled and reordered on their way as MQTT has to bear it. */
export class StormConnection implements Socket {
  readonly #options: SocketOptions;
  readonly #ports: StormPorts;
  readonly #broker: Socket;
  readonly #up = { splitter: new PacketSplitter(), last: 0 };
  readonly #down = { splitter: new PacketSplitter(), last: 0 };
  readonly #toBroker = new ByteQueue();
  readonly #toMeter = new ByteQueue();
  readonly #timers = new Set<Timer>();
  /** By packet identifier, how many PUBACKs of the meter are for what the broker did not send. */
  readonly #surplus = new Map<number, number>();
  /** Bytes that the broker's stream takes. */
  #room = 0;
  #isOpen = false;
  #isStalled = false;
  #isClosed = false;

  constructor(network: Network, options: SocketOptions, ports: StormPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#broker = network.open({
      ...options,
      onReadable: () => this.#onReadable(),
      onWritable: count => this.#onWritable(count),
      onError: fault => this.#end(fault),
    });
    ports.watch.opened();
    const { lifetime, stall } = ports.weather;
    if (lifetime < Number.POSITIVE_INFINITY) {
      const isSilent = ports.fate.happens(stall);
      this.#after(ports.fate.wait(lifetime), () => this.#break(isSilent));
    }
  }

  read(limit?: number): Uint8Array | undefined {
    return this.#toMeter.take(limit);
  }

  write(bytes: Uint8Array): void {
    this.#ports.onTraffic();
    for (const packet of this.#up.splitter.add(bytes)) {
      this.#ports.watch.sent(packet);
      this.#sendUp(packet);
    }
    setImmediate(() => {
      this.#ports.onTraffic();
      if (!this.#isClosed) this.#options.onWritable(ROOM);
    });
  }

  /** A broker that hears nothing any more is not told either. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    if (!this.#isStalled) this.#broker.close();
  }

  #sendUp(packet: Uint8Array): void {
    const { fate, weather, tally } = this.#ports;
    if (typeOf(packet) === PUBACK) {
      const id = idOf(packet);
      const surplus = this.#surplus.get(id) ?? 0;
      this.#surplus.set(id, Math.max(0, surplus - 1));
      if (surplus > 0) return;
    }
    const isPublication = typeOf(packet) === PUBLISH && readPublication(packet).id !== undefined;
    this.#pass(this.#up, packet, bytes => this.#writeUp(bytes));
    if (!isPublication || !fate.happens(weather.duplicate)) return;
    tally.duplicated++;
    this.#pass(this.#up, asDuplicate(packet), bytes => this.#writeUp(bytes));
  }

  #writeUp(packet: Uint8Array): void {
    this.#toBroker.add(packet);
    this.#flush();
  }

  #flush(): void {
    const bytes = this.#toBroker.take(this.#room);
    if (bytes === undefined) return;
    this.#room -= bytes.length;
    this.#broker.write(bytes);
  }

  #onWritable(count: number): void {
    this.#room = count;
    this.#flush();
    if (this.#isOpen || this.#isClosed) return;
    this.#isOpen = true;
    this.#options.onWritable(ROOM);
  }

  #onReadable(): void {
    const bytes = this.#broker.read();
    if (bytes === undefined || this.#isClosed) return;
    for (const packet of this.#down.splitter.add(bytes)) {
      if (typeOf(packet) === PUBLISH) this.#sendDown(packet);
      else if (typeOf(packet) === PUBACK) this.#answer(packet);
      else this.#pass(this.#down, packet, whole => this.#deliver(whole));
    }
  }

  #sendDown(packet: Uint8Array): void {
    const { fate, weather, tally, history } = this.#ports;
    const isLate = fate.happens(weather.holdBack);
    if (isLate) {
      tally.heldBack++;
      this.#after(fate.between(0, LONGEST_HOLD), () => this.#deliver(packet));
    } else this.#pass(this.#down, packet, whole => this.#deliver(whole));
    if (fate.happens(weather.duplicate)) {
      tally.duplicated++;
      this.#repeat(packet);
    }
    const old = fate.happens(weather.replay) ? fate.one(history) : undefined;
    if (old !== undefined) {
      tally.replayed++;
      this.#repeat(old);
    }
    history.push(packet);
  }

  /** What the broker has not sent now, and is not to be told of. */
  #repeat(packet: Uint8Array): void {
    const { id } = readPublication(packet);
    if (id !== undefined) this.#surplus.set(id, (this.#surplus.get(id) ?? 0) + 1);
    this.#pass(this.#down, asDuplicate(packet), whole => this.#deliver(whole));
  }

  #answer(packet: Uint8Array): void {
    const { fate, weather, tally } = this.#ports;
    if (fate.happens(weather.loseAnswer)) {
      tally.answersLost++;
      return;
    }
    if (fate.happens(weather.delayAnswer)) {
      tally.answersLate++;
      this.#after(fate.between(0, LONGEST_DELAY), () => this.#deliver(packet));
    } else this.#pass(this.#down, packet, whole => this.#deliver(whole));
  }

  #deliver(packet: Uint8Array): void {
    this.#ports.onTraffic();
    this.#toMeter.add(packet);
    this.#ports.watch.received(packet);
    this.#options.onReadable(this.#toMeter.length);
  }

  /** After a while, behind all that went this way before. */
  #pass(way: { last: number }, packet: Uint8Array, deliver: (packet: Uint8Array) => void): void {
    if (this.#isStalled) return;
    const { clock, fate, weather } = this.#ports;
    const now = clock.monotonic();
    way.last = Math.max(
      way.last,
      now + (weather.latency > 0 ? fate.between(weather.latency / 2, weather.latency) : 0),
    );
    if (way.last <= now) deliver(packet);
    else this.#after(way.last - now, () => deliver(packet));
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = this.#ports.clock.after(milliseconds, () => {
      this.#timers.delete(timer);
      if (!this.#isClosed && !this.#isStalled) action();
    });
    this.#timers.add(timer);
  }

  /** @param isSilent nothing passes any more, and nobody is told */
  #break(isSilent: boolean): void {
    const { tally } = this.#ports;
    if (isSilent) {
      tally.stalled++;
      this.#isStalled = true;
      return;
    }
    tally.dropped++;
    this.#broker.close();
    this.#end('closed');
  }

  #end(fault: Parameters<SocketOptions['onError']>[0]): void {
    this.#ports.onTraffic();
    if (this.#isClosed || this.#isStalled) return;
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#options.onError(fault);
  }
}
