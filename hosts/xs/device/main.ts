import { Meter, type MeterOptions } from '../../../firmware/meter';
import { decodeValues, encodeValues, type Value } from '../values';
import { RemoteHost } from './remote-host';

/** The engine's: sends a request to the other side of the pipe, and waits for the answer. */
declare function exchange(request: ArrayBuffer): ArrayBuffer;

let host: RemoteHost | undefined;
let meter: Meter | undefined;

/** What the engine calls with each request of the other side. */
Object.assign(globalThis, {
  handle(request: ArrayBuffer): ArrayBuffer {
    const [name, ...args] = decodeValues(new Uint8Array(request));
    return encodeValues([answer(name as string, args)]).buffer;
  },
});

function ask(port: string, ...args: readonly Value[]): Value {
  return decodeValues(new Uint8Array(exchange(encodeValues([port, ...args]).buffer)))[0];
}

function answer(name: string, args: readonly Value[]): Value {
  if (name === 'connect') {
    host = new RemoteHost(ask);
    return undefined;
  }
  if (host === undefined) throw new Error(`${name}: expected a host, got none`);
  if (name === 'assemble') {
    meter = new Meter(host, JSON.parse(args[0] as string) as MeterOptions);
    return undefined;
  }
  if (meter === undefined) throw new Error(`${name}: expected a meter, got none`);
  if (name === 'link') return link(meter, args);
  if (name === 'reset') return JSON.stringify(meter.reset(args[0] as Uint8Array));
  if (name === 'ask') return JSON.stringify(meter.ask());
  if (name === 'state') return state(meter, args[0] as keyof Meter);
  if (name === 'start-meter') meter.start();
  else if (name === 'stop-meter') meter.stop();
  else host.tell(name, args);
  return undefined;
}

/** The fault, if there is one. */
function link(
  linked: Meter,
  [chainId, registry, m3terId, roles, registrar]: readonly Value[],
): string | undefined {
  const result = linked.link({
    chainId: chainId as number,
    registry: registry as Uint8Array,
    m3terId: BigInt(m3terId as string),
    roles: roles as Uint8Array,
    ...(registrar !== undefined && { registrar: registrar as Uint8Array }),
  });
  return result.ok ? undefined : result.fault;
}

/** A property as JSON, but for those that have none. */
function state(seen: Meter, property: keyof Meter): Value {
  if (property === 'address') return seen.address;
  if (property === 'm3terId') return seen.m3terId?.toString();
  return JSON.stringify(seen[property], writable);
}

/** XS marks what it has visited, which it cannot where a preloaded module has left it in ROM. */
function writable(_name: string, value: unknown): unknown {
  return value instanceof Object && !Array.isArray(value) ? { ...value } : value;
}
