import type { LinkOffer } from '../../firmware/directives/link';
import type { Host } from '../../firmware/host';
import type { Meter, MeterOptions } from '../../firmware/meter';
import type { ResetFault } from '../../firmware/meter-fault';
import type { LinkFault } from '../../firmware/ownership';
import { failure, type Result, success } from '../../firmware/result';
import type { AskFault, Granted } from '../../firmware/supply/supply';
import { Engine, type Heap } from './engine';
import { HostServer } from './host-server';
import { decodeValues, encodeValues, type Value } from './values';

/** What a `Meter` is to its host, wherever it runs. */
export type MeterSurface = Pick<Meter, keyof Meter>;

/** What the meter runs on, and what runs. */
export interface XsImage {
  /** Path of the program, see `buildEngine` */
  readonly engine: string;
  /** The script itself, see `bundleFirmware` */
  readonly firmware: string;
}

/** The meter on a bare XS engine: the same firmware, with ports that this host provides. */
export class XsMeter implements MeterSurface {
  /** The heap before there was a meter in it: the engine with the firmware's code and the ports. */
  readonly baseline: Heap;
  readonly #engine: Engine;

  /**
   * @param budget bytes by which the heap can grow beyond the baseline; absent: a megabyte
   * @throws EngineEnded when the engine ends, here as in every call
   */
  constructor(image: XsImage, host: Host, options: MeterOptions, budget = 2 ** 20) {
    const server = new HostServer(host, (event, ...args) => void this.#call(event, ...args));
    this.#engine = new Engine(image.engine, image.firmware, request => {
      const [port, ...args] = decodeValues(request);
      return encodeValues([server.answer(port as string, args)]);
    });
    this.#call('connect');
    this.baseline = this.#engine.limit(budget);
    this.#call('assemble', JSON.stringify(options));
  }

  get address(): Uint8Array | undefined {
    return this.#call('state', 'address') as Uint8Array | undefined;
  }

  get m3terId(): bigint | undefined {
    const id = this.#call('state', 'm3terId') as string | undefined;
    return id === undefined ? undefined : BigInt(id);
  }

  get fault() {
    return this.#state('fault');
  }

  get registers() {
    return this.#state('registers');
  }

  get phaseRegisters() {
    return this.#state('phaseRegisters');
  }

  get isSealed() {
    return this.#state('isSealed');
  }

  get isConsoleTrusted() {
    return this.#state('isConsoleTrusted');
  }

  get balance() {
    return this.#state('balance');
  }

  get forecast() {
    return this.#state('forecast');
  }

  get isBalanceLow() {
    return this.#state('isBalanceLow');
  }

  get acknowledged() {
    return this.#state('acknowledged');
  }

  get supply() {
    return this.#state('supply');
  }

  get switchings() {
    return this.#state('switchings');
  }

  get measurement() {
    return this.#state('measurement');
  }

  get isOnline() {
    return this.#state('isOnline');
  }

  get lastReading() {
    return this.#state('lastReading');
  }

  get refused() {
    return this.#state('refused');
  }

  get connectionFaults() {
    return this.#state('connectionFaults');
  }

  start(): void {
    this.#call('start-meter');
  }

  stop(): void {
    this.#call('stop-meter');
  }

  link({ chainId, registry, m3terId, roles, registrar }: LinkOffer): Result<undefined, LinkFault> {
    const fault = this.#call('link', chainId, registry, `${m3terId}`, roles, registrar) as
      | LinkFault
      | undefined;
    return fault === undefined ? success(undefined) : failure(fault);
  }

  reset(payload: Uint8Array): Result<undefined, ResetFault> {
    return JSON.parse(this.#call('reset', payload) as string) as Result<undefined, ResetFault>;
  }

  ask(): Result<Granted, AskFault> {
    return JSON.parse(this.#call('ask') as string) as Result<Granted, AskFault>;
  }

  heap(): Heap {
    return this.#engine.heap();
  }

  /** The heap without garbage. */
  collect(): Heap {
    return this.#engine.collect();
  }

  /** Ends the engine, as a power cut does. */
  kill(): void {
    this.#engine.kill();
  }

  #state<Property extends keyof Meter>(property: Property): Meter[Property] {
    const json = this.#call('state', property) as string | undefined;
    return (json === undefined ? undefined : JSON.parse(json)) as Meter[Property];
  }

  #call(name: string, ...args: readonly Value[]): Value {
    return decodeValues(this.#engine.call(encodeValues([name, ...args])))[0];
  }
}
