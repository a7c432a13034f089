import test from 'ava';
import { MockRelay } from '../../../hosts/mock/relay';

test('a welded relay closes, stays so whatever it is told, and when freed is as it was told last', t => {
  const changes: boolean[] = [];
  const relay = new MockRelay(closed => changes.push(closed));
  relay.setWelded(true);
  relay.close();
  relay.open();
  t.deepEqual([relay.isClosed(), relay.isWelded, changes], [true, true, [true]]);
  relay.setWelded(false);
  t.deepEqual([relay.isClosed(), relay.isWelded, changes], [false, false, [true, false]]);
});

test('a relay that is freed while it is told to be closed stays closed', t => {
  const relay = new MockRelay();
  relay.close();
  relay.setWelded(true);
  relay.setWelded(false);
  t.true(relay.isClosed());
});
