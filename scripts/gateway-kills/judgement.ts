import { toHex } from '../../firmware/bytes';
import { GatewayStore } from '../../simulator/gateway/gateway-store';
import type { DeviceRecord, MeterRecord } from '../../simulator/gateway/store-records';
import { SUBMITTER } from './contracts';
import type { Breach, GatewayPromise } from './promises';
import type { StreetMeter } from './street-meter';
import type { World } from './world';

type Say = (promise: GatewayPromise, message: string) => void;

interface Kept {
  readonly meters: ReadonlyMap<bigint, MeterRecord>;
  readonly devices: ReadonlyMap<string, DeviceRecord>;
}

/** Looks at what a gateway that is gone has left behind, and at what it had told by then. */
export async function judgeRemains(world: World): Promise<readonly Breach[]> {
  return judging(say =>
    withStore(world, say, async store => {
      const { meters, devices } = records(store);
      for (const { m3terId, device, acknowledged, credited, paid } of world.meters) {
        const name = `M3ter ${m3terId}`;
        const kept = devices.get(toHex(device.address))?.acknowledged ?? 0;
        if (kept < acknowledged)
          say('readings told of before they were stored', `${name}: ${acknowledged} told, ${kept} stored`);
        const stored = meters.get(m3terId)?.credited ?? 0;
        if (stored < credited)
          say('credit told of before it was stored', `${name}: ${credited} mWh told, ${stored} stored`);
        if (credited > paid)
          say('payments credited twice', `${name}: ${credited} mWh told, ${paid} paid for`);
      }
    }),
  );
}

/** Whether the gateway owes nobody anything any more. */
export async function isQuiet(world: World): Promise<boolean> {
  for (const meter of world.meters) {
    if (meter.credited < meter.paid || meter.acknowledged < meter.made.length) return false;
    if (Number((await registersOf(world, meter)).sequence) < meter.made.length) return false;
  }
  return true;
}

/** The sums: what was made and paid, against what is stored, told and on the chain. */
export async function judgeEnd(world: World): Promise<readonly Breach[]> {
  return judging(async say => {
    for (const meter of world.meters) await judgeMeter(world, meter, say);
    await withStore(world, say, async store => {
      const { devices } = records(store);
      for (const meter of world.meters) judgeStored(store, devices, meter, say);
    });
    await judgeProofs(world, say);
  });
}

async function judgeMeter(world: World, meter: StreetMeter, say: Say): Promise<void> {
  const { m3terId, credited, acknowledged, made, imported } = meter;
  const name = `M3ter ${m3terId}`;
  const bought = Number(await world.contracts.reading.protocol.read.energyOf([m3terId]));
  const compared = `${name}: ${bought} mWh on the chain, ${credited} credited`;
  if (credited < bought) say('payments uncredited', compared);
  if (credited > bought) say('payments credited twice', compared);
  if (acknowledged < made.length)
    say('readings unacknowledged', `${name}: ${made.length} made, ${acknowledged} acknowledged`);
  if (acknowledged > made.length)
    say('forgeries accepted', `${name}: ${made.length} made, ${acknowledged} acknowledged`);
  const registers = await registersOf(world, meter);
  if (Number(registers.sequence) !== made.length || Number(registers.imported) !== imported)
    say(
      'registers on chain behind',
      `${name}: reading ${made.length} of ${imported} mWh made, ${registers.sequence} of ${registers.imported} proved`,
    );
}

function judgeStored(
  store: GatewayStore,
  devices: Kept['devices'],
  { m3terId, device, made }: StreetMeter,
  say: Say,
): void {
  const name = toHex(device.address);
  for (const [index, reading] of made.entries()) {
    const stored = store.reading([name, index + 1])?.envelope;
    if (stored === undefined) say('readings lost', `M3ter ${m3terId}: reading ${index + 1} is not stored`);
    else if (Buffer.compare(stored, reading) !== 0)
      say('forgeries accepted', `M3ter ${m3terId}: reading ${index + 1} is stored as another`);
  }
  const accepted = devices.get(name)?.acknowledged ?? 0;
  if (accepted > made.length || store.reading([name, made.length + 1]) !== undefined)
    say('forgeries accepted', `M3ter ${m3terId}: ${made.length} made, ${accepted} accepted`);
}

/** Each reading has one `Impact`, and each transaction of the gateway's at least one. */
async function judgeProofs(world: World, say: Say): Promise<void> {
  const impacts = await world.contracts.reading.proof.getEvents.Impact({}, { fromBlock: 0n });
  const proofs = new Map<string, number>();
  for (const { args } of impacts) {
    const name = `M3ter ${args.tokenId}, reading ${args.sequence}`;
    proofs.set(name, (proofs.get(name) ?? 0) + 1);
  }
  for (const [name, count] of proofs) if (count > 1) say('readings proved twice', `${name}: ${count} times`);
  const made = world.meters.reduce((sum, { made }) => sum + made.length, 0);
  if (proofs.size < made) say('readings unproved', `${made} made, ${proofs.size} proved`);
  const sent = await world.anvil.client.getTransactionCount({ address: SUBMITTER.address });
  const useful = new Set(impacts.map(({ transactionHash }) => transactionHash)).size;
  if (sent > useful) say('transactions reverted', `${sent} mined, ${useful} of them with an Impact`);
}

function registersOf(world: World, { m3terId }: StreetMeter) {
  return world.contracts.reading.proof.read.registersOf([m3terId]);
}

async function withStore(
  world: World,
  say: Say,
  look: (store: GatewayStore) => Promise<void>,
): Promise<void> {
  let store: GatewayStore | undefined;
  try {
    store = GatewayStore.open(world.state);
    await look(store);
  } catch (error) {
    say('stores unreadable', `${(error as Error).message}`);
  } finally {
    await store?.close();
  }
}

/** Reads all of them, and so throws where one of them is none. */
function records(store: GatewayStore): Kept {
  void [store.places, store.intent, store.mined];
  return { meters: new Map(store.meters()), devices: new Map(store.devices()) };
}

async function judging(judge: (say: Say) => Promise<void>): Promise<readonly Breach[]> {
  const breaches: Breach[] = [];
  await judge((promise, message) => breaches.push({ promise, message }));
  return breaches;
}
