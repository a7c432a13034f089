import { z } from 'zod';

/*
 * What Home Assistant's documentation says of MQTT discovery: "MQTT: device discovery payload" with its shared options and
 * abbreviations, "MQTT sensor", "MQTT binary sensor", and the device classes of "Sensor" with their units and state classes.
 * Unlike Home Assistant, which passes over what it does not know, these refuse it: a slip would be lost without a word.
 */

const ABBREVIATIONS = {
  root: {
    dev: 'device',
    o: 'origin',
    cmps: 'components',
    stat_t: 'state_topic',
    avty: 'availability',
    avty_t: 'availability_topic',
    avty_mode: 'availability_mode',
    avty_tpl: 'availability_template',
    pl_avail: 'payload_available',
    pl_not_avail: 'payload_not_available',
    e: 'encoding',
  },
  device: {
    ids: 'identifiers',
    cns: 'connections',
    mf: 'manufacturer',
    mdl: 'model',
    mdl_id: 'model_id',
    hw: 'hw_version',
    sw: 'sw_version',
    sn: 'serial_number',
    sa: 'suggested_area',
    cu: 'configuration_url',
  },
  origin: { sw: 'sw_version', url: 'support_url' },
  component: {
    p: 'platform',
    uniq_id: 'unique_id',
    stat_t: 'state_topic',
    val_tpl: 'value_template',
    dev_cla: 'device_class',
    stat_cla: 'state_class',
    unit_of_meas: 'unit_of_measurement',
    exp_aft: 'expire_after',
    ent_cat: 'entity_category',
    ops: 'options',
    ic: 'icon',
    en: 'enabled_by_default',
    frc_upd: 'force_update',
    sug_dsp_prc: 'suggested_display_precision',
    pl_on: 'payload_on',
    pl_off: 'payload_off',
    off_dly: 'off_delay',
    def_ent_id: 'default_entity_id',
  },
} as const;

/** Of each device class of a sensor that a meter might have, its units and state classes. */
const SENSOR_CLASSES: Readonly<
  Record<string, readonly [units: readonly string[], states: readonly string[]]>
> = {
  energy: [
    ['mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'J', 'kJ', 'MJ', 'GJ', 'cal', 'kcal', 'Mcal', 'Gcal'],
    ['total', 'total_increasing'],
  ],
  energy_storage: [
    ['mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'J', 'kJ', 'MJ', 'GJ', 'cal', 'kcal', 'Mcal', 'Gcal'],
    ['measurement'],
  ],
  power: [['mW', 'W', 'kW', 'MW', 'GW', 'TW'], ['measurement']],
  voltage: [['V', 'mV', 'μV', 'kV', 'MV'], ['measurement']],
  current: [['A', 'mA'], ['measurement']],
  frequency: [['Hz', 'kHz', 'MHz', 'GHz'], ['measurement']],
  duration: [
    ['d', 'h', 'min', 's', 'ms', 'μs'],
    ['measurement', 'total', 'total_increasing'],
  ],
  enum: [[], []],
};
const BINARY_CLASSES = ['power', 'problem', 'connectivity', 'plug', 'running', 'safety', 'tamper'] as const;

const topic = z.string().regex(/^[^+#\0]{1,200}$/);
const text = z.string().min(1).max(255);
/** The simple kind, which the stand-in understands. */
const template = z.string().regex(/^\{\{ ?value_json\.[a-z_0-9]+ ?\}\}$/);
const seconds = z.int().positive();

const entity = {
  unique_id: text,
  name: text,
  value_template: template,
  state_topic: topic.optional(),
  expire_after: seconds.optional(),
  entity_category: z.enum(['config', 'diagnostic']).optional(),
  icon: z
    .string()
    .regex(/^mdi:[a-z-]+$/)
    .optional(),
  enabled_by_default: z.boolean().optional(),
  force_update: z.boolean().optional(),
  default_entity_id: text.optional(),
};

const sensor = z
  .strictObject({
    platform: z.literal('sensor'),
    ...entity,
    device_class: z.enum(Object.keys(SENSOR_CLASSES)).optional(),
    state_class: z.enum(['measurement', 'measurement_angle', 'total', 'total_increasing']).optional(),
    unit_of_measurement: text.optional(),
    options: z.array(text).min(1).optional(),
    suggested_display_precision: z.int().nonnegative().optional(),
  })
  .superRefine((it, context) => {
    const [units, states] = SENSOR_CLASSES[it.device_class ?? ''] ?? [undefined, undefined];
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (
      units?.length === 0
        ? it.unit_of_measurement !== undefined
        : units && !units.includes(it.unit_of_measurement ?? '')
    )
      refuse(`${it.device_class} in ${it.unit_of_measurement}`);
    if (states && it.state_class !== undefined && !states.includes(it.state_class))
      refuse(`${it.device_class} as ${it.state_class}`);
    if ((it.options !== undefined) !== (it.device_class === 'enum')) refuse('options go with the class enum');
    if (it.options !== undefined && new Set(it.options).size !== it.options.length) refuse('an option twice');
  });

const binarySensor = z.strictObject({
  platform: z.literal('binary_sensor'),
  ...entity,
  device_class: z.enum(BINARY_CLASSES).optional(),
  payload_on: text.optional(),
  payload_off: text.optional(),
  off_delay: seconds.optional(),
});

const device = z
  .strictObject({
    identifiers: z.union([text, z.array(text).min(1)]).optional(),
    connections: z.array(z.tuple([text, text])).optional(),
    name: text.optional(),
    manufacturer: text.optional(),
    model: text.optional(),
    model_id: text.optional(),
    hw_version: text.optional(),
    sw_version: text.optional(),
    serial_number: text.optional(),
    suggested_area: text.optional(),
    configuration_url: z.url().optional(),
    via_device: text.optional(),
  })
  .refine(it => it.identifiers !== undefined || it.connections !== undefined, 'nothing that identifies it');

const configuration = z
  .strictObject({
    device,
    origin: z.strictObject({ name: text, sw_version: text.optional(), support_url: z.url().optional() }),
    components: z.record(z.string().regex(/^[a-zA-Z0-9_-]+$/), z.union([sensor, binarySensor])),
    state_topic: topic.optional(),
    availability_topic: topic.optional(),
    availability_template: template.optional(),
    payload_available: text.default('online'),
    payload_not_available: text.default('offline'),
    qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    encoding: text.optional(),
  })
  .superRefine((it, context) => {
    const components = Object.values(it.components);
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    for (const name of ['unique_id', 'name'] as const)
      if (new Set(components.map(component => component[name])).size !== components.length)
        refuse(`two of one ${name}`);
    if (it.state_topic === undefined && components.some(component => component.state_topic === undefined))
      refuse('no state_topic');
  });

export type Configuration = z.infer<typeof configuration>;
export type ComponentConfiguration = Configuration['components'][string];

/** `<discovery_prefix>/device/<object_id>/config` */
export const DISCOVERY_TOPIC = /^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/;

/** @throws ZodError, SyntaxError for what Home Assistant would not take, or not all of */
export function readConfiguration(payload: string): Configuration {
  const root = expand(JSON.parse(payload) as Record<string, unknown>, ABBREVIATIONS.root);
  const components = Object.entries((root.components ?? {}) as Record<string, object>);
  return configuration.parse({
    ...root,
    device: expand(root.device, ABBREVIATIONS.device),
    origin: expand(root.origin, ABBREVIATIONS.origin),
    components: Object.fromEntries(
      components.map(([key, component]) => [key, expand(component, ABBREVIATIONS.component)]),
    ),
  });
}

function expand(given: unknown, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given as object).map(([name, value]) => [names[name] ?? name, value]),
  );
}

const known = (least?: number) => (least === undefined ? z.number() : z.number().min(least)).nullable();

/** What the configuration's templates read. */
const state = z.strictObject({
  imported: z.number().nonnegative(),
  exported: z.number().nonnegative(),
  feed_in: z.number().nonnegative(),
  balance: z.number(),
  power: known(),
  voltage1: known(0),
  current1: known(0),
  voltage2: known(0).optional(),
  current2: known(0).optional(),
  voltage3: known(0).optional(),
  current3: known(0).optional(),
  frequency: known(1),
  supply: z.enum(['ON', 'OFF']).nullable(),
  reason: text.nullable(),
  problem: z.enum(['ON', 'OFF']),
  hours_left: known(0),
  reading: known(1),
});

/** @throws ZodError, SyntaxError for what is none */
export function readState(payload: string): z.infer<typeof state> {
  return state.parse(JSON.parse(payload));
}
