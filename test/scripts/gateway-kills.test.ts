import test from 'ava';
import { runGatewayKills } from '../../scripts/gateway-kills/campaign';
import { anvilPath } from '../../simulator/chain/anvil';

const KILLS = 8;

(anvilPath() === undefined ? test.skip : test)(
  `a gateway killed ${KILLS} times while meters talk and people pay owes nobody anything in the end`,
  async t => {
    t.timeout(300_000);
    const seed = `${Math.floor(Math.random() * 2 ** 32)}`;
    t.log(`seed ${seed}`);
    const { signal } = new AbortController();
    const { breaches, counts } = await runGatewayKills({ seed, kills: KILLS, signal });
    t.deepEqual(breaches, []);
    t.is(counts.kills, KILLS);
    t.true((counts.readings ?? 0) > 0);
  },
);
