import { ascii, concat } from '../bytes';
import { SUPPLY_REASONS } from '../supply/supply-reason';
import { FIRMWARE_VERSION } from '../version';

/** The topic on which Home Assistant says that it has come or gone. */
export const HOME_STATUS = 'homeassistant/status';

/** Momentary values are known no longer when none has come for so many intervals. */
const INTERVALS_VALID = 3;

/* Of each sensor its key in the state, name, device class, unit and state class: as texts they take a fraction of the ROM. */
const LASTING = [
  'imported|Imported|energy|kWh|total_increasing',
  'exported|Exported|energy|kWh|total_increasing',
  'feed_in|Feed-in credit|energy|kWh|total_increasing',
  'balance|Balance|energy_storage|kWh|measurement',
  'hours_left|Hours left|duration|h|measurement',
];
const MOMENTARY = ['power|Power|power|W|measurement', 'frequency|Frequency|frequency|Hz|measurement'];
/** With the number of the phase in place of `#` */
const OF_EACH_PHASE = [
  'voltage#|Voltage L#|voltage|V|measurement',
  'current#|Current L#|current|A|measurement',
];

/** A meter as Home Assistant is to show it. */
export interface DiscoveredMeter {
  readonly chainId: number;
  readonly m3terId: bigint;
  /** 1 to 3 */
  readonly phases: number;
  /** s between states, at most */
  readonly interval: number;
  readonly stateTopic: string;
  /** Says `true` or `false`. */
  readonly onlineTopic: string;
}

/** Where the discovery of a meter is retained. */
export function discoveryTopic(chainId: number, m3terId: bigint): string {
  return `homeassistant/device/${deviceId(chainId, m3terId)}/config`;
}

/**
 * The discovery of a whole device, JSON with abbreviated keys, 2 to 5 KB. Its components are made one by one, so that no
 * more than twice of it is ever in memory. See https://www.home-assistant.io/integrations/mqtt/#discovery-messages.
 */
export function discoveryConfig(meter: DiscoveredMeter): Uint8Array {
  const { chainId, m3terId, phases, interval, stateTopic, onlineTopic } = meter;
  const id = deviceId(chainId, m3terId);
  const sw = [FIRMWARE_VERSION >> 16, (FIRMWARE_VERSION >> 8) & 0xff, FIRMWARE_VERSION & 0xff].join('.');
  const about = JSON.stringify({
    dev: { ids: id, name: `M3ter ${m3terId}`, mf: 'M3tering', mdl: 'M3ter', sw },
    o: { name: 'M3ter firmware', sw },
    stat_t: stateTopic,
    avty_t: onlineTopic,
    pl_avail: 'true',
    pl_not_avail: 'false',
  });
  const parts = [ascii(`${about.slice(0, -1)},"cmps":{`)];
  const add = (sensor: string, more?: object) =>
    parts.push(ascii(`${parts.length > 1 ? ',' : ''}${component(id, sensor, more)}`));
  const expiry = { exp_aft: INTERVALS_VALID * interval };
  for (const sensor of LASTING) add(sensor);
  for (const sensor of MOMENTARY) add(sensor, expiry);
  for (const sensor of OF_EACH_PHASE)
    for (let phase = 1; phase <= phases; phase++) add(sensor.split('#').join(`${phase}`), expiry);
  add('reading|Last reading', { ent_cat: 'diagnostic' });
  add('reason|Supply reason|enum', { ops: Object.keys(SUPPLY_REASONS) });
  add('supply|Supply|power', { p: 'binary_sensor' });
  add('problem|Problem|problem', { p: 'binary_sensor', ent_cat: 'diagnostic' });
  return concat(...parts, ascii('}}'));
}

function component(id: string, sensor: string, more?: object): string {
  const [key, name, dev_cla, unit_of_meas, stat_cla] = sensor.split('|');
  const about = JSON.stringify({
    p: 'sensor',
    name,
    uniq_id: `${id}_${key}`,
    val_tpl: `{{value_json.${key}}}`,
    dev_cla,
    unit_of_meas,
    stat_cla,
    ...more,
  });
  return `"${key}":${about}`;
}

/** The same as long as it has this name: with it Home Assistant keeps the history, over another board too. */
function deviceId(chainId: number, m3terId: bigint): string {
  return `m3ter_${chainId}_${m3terId}`;
}
