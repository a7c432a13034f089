import test from 'ava';
import { WebSocket } from 'ws';
import type { Reply, Update } from '../../../simulator/page/messages';
import { servePage } from '../../../simulator/page/serve-page';
import { LivedSource } from './lived-source';

test('of a meter only what is new is told again, and what is gone as gone; another one is told whole', async t => {
  const source = new LivedSource(['House 1', 'House 2']);
  const server = await servePage(source);
  const { host } = new URL(server.url);
  const socket = new WebSocket(`ws://${host}/live`, { origin: `http://${host}` });
  t.teardown(async () => {
    socket.terminate();
    await server.close();
  });
  const updates: Update[] = [];
  let came = () => {};
  socket.on('message', data => {
    const reply = JSON.parse(data.toString()) as Reply;
    if (reply.type === 'update') updates.push(reply);
    came();
  });
  const until = async (is: (update: Update) => boolean): Promise<Update> => {
    for (;;) {
      const found = updates.find(is);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => {
        came = resolve;
      });
    }
  };
  await new Promise(resolve => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'hello', token: '' }));
  const first = await until(() => true);
  t.is(first.meter?.name, 'House 1');
  t.truthy(first.meter?.line);
  const second = await until(update => update !== first);
  t.deepEqual([second.meter, second.change], [undefined, { m3terId: '1' }]);
  source.view = { line: undefined, money: '11.50 xDAI' };
  const third = await until(({ change }) => change?.money !== undefined);
  t.deepEqual(third.change, { m3terId: '1', line: null, money: '11.50 xDAI' });
  socket.send(JSON.stringify({ type: 'show', m3terId: '2' }));
  const other = await until(({ meter }) => meter?.m3terId === '2');
  t.is(other.meter?.events.length, 4);
});
