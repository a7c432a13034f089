import test from 'ava';
import { benchGateway } from '../../../simulator/bench/gateway';
import { FULL_EFFORT } from '../../../simulator/bench/row';
import { anvilPath } from '../../../simulator/chain/anvil';

// so many readings that they do not fit into what the store's file has free
const effort = { ...FULL_EFFORT, gatewayMeters: 32, runs: 4 };
const GAS = ['gas, reading alone', 'gas, reading in a batch of 32 meters'];
const chainTest = anvilPath() === undefined ? test.skip : test.serial;

chainTest(
  'the figures of a gateway under load come, and a reading costs no more gas than it may',
  async t => {
    const rows = await benchGateway(effort);
    t.deepEqual(
      rows.map(({ name }) => name),
      [
        'gateway, readings of 32 meters at once',
        'gateway, reading to acknowledgement, 99 %',
        'gateway against the broker by itself',
        'gateway, a reading kept',
        ...GAS,
      ],
    );
    for (const { name, value } of rows) t.true(value > 0, name);
    for (const { name, value, budget } of rows.slice(-2))
      t.true(budget !== undefined && 'atMost' in budget && value <= budget.atMost, name);
  },
);
