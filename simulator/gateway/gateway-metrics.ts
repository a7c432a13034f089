import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Gateway } from './gateway';
import type { Notice } from './notice';

/** s, of an acknowledgement: from one flush of a good disk to a broker that was away. */
const BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60];

/** What Prometheus sees of a gateway. No label grows with the number of meters. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly #notices = new Counter({
    name: 'm3ter_gateway_notices_total',
    help: 'What happened, by code: readings, links, payments, proofs, failures.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly #gas = new Counter({
    name: 'm3ter_gateway_gas_total',
    help: 'Gas used by batches of readings.',
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'm3ter_gateway_acknowledgement_seconds',
    help: 'From the coming of a reading to the broker having its acknowledgement.',
    buckets: BUCKETS,
    registers: [this.registry],
  });

  /** @param gateway undefined until it is open */
  constructor(gateway: () => Gateway | undefined) {
    collectDefaultMetrics({ register: this.registry });
    const gauges: readonly [string, string, (gateway: Gateway) => number][] = [
      ['meters', 'Meters that are known.', g => [...g.accounts()].length],
      ['unproved_readings', 'Readings that wait to be proved.', g => g.health.unproved],
      ['through_block', 'The last block that was looked through.', g => Number(g.health.through ?? 0)],
      [
        'beyond_payments_milliwatt_hours',
        'Credited, and taken back by a reorganisation.',
        g => g.health.beyondPayments,
      ],
      ['broker_up', '1 while the broker is connected.', g => Number(g.health.broker)],
      ['chain_up', '1 after a look at the chain that has succeeded.', g => Number(g.health.chain)],
    ];
    for (const [name, help, value] of gauges)
      new Gauge({
        name: `m3ter_gateway_${name}`,
        help,
        registers: [this.registry],
        collect() {
          const open = gateway();
          this.set(open === undefined ? 0 : value(open));
        },
      });
  }

  note({ code, count, seconds }: Notice): void {
    this.#notices.inc({ code });
    if (code === 'batch-mined') this.#gas.inc(count ?? 0);
    if (seconds !== undefined) this.#seconds.observe(seconds);
  }
}
