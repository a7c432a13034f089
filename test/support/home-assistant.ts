import type { MqttClient } from 'mqtt';
import {
  type ComponentConfiguration,
  type Configuration,
  DISCOVERY_TOPIC,
  readConfiguration,
  readState,
} from './home-assistant-schema';

/** As an entity of Home Assistant has it. */
export type EntityState = number | string | boolean | 'unknown' | 'unavailable';

/** Home Assistant's MQTT integration in small: it discovers devices, reads their state topic, and is never wrong in silence. */
export class HomeAssistant {
  /** Every discovery that came and was not empty */
  readonly discoveries: { readonly topic: string; readonly configuration: Configuration }[] = [];
  /** By discovery topic, those that are there now */
  readonly devices = new Map<string, Device>();
  /** What came and was not understood */
  readonly complaints: string[] = [];
  readonly #client: MqttClient;

  static async start(client: MqttClient): Promise<HomeAssistant> {
    const home = new HomeAssistant(client);
    await client.subscribeAsync('homeassistant/+/+/config');
    return home;
  }

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload) => {
      try {
        this.#take(topic, String(payload));
      } catch (error) {
        this.complaints.push(`${topic}: ${error}`);
      }
    });
  }

  /** Says that it has come. */
  async birth(): Promise<void> {
    await this.#client.publishAsync('homeassistant/status', 'online');
  }

  /** The state of an entity of the only device, by its key. */
  state(key: string): EntityState {
    const [device] = this.devices.values();
    return device?.isAvailable ? (device.states.get(key) ?? 'unknown') : 'unavailable';
  }

  #take(topic: string, payload: string): void {
    if (topic.endsWith('/config')) this.#discover(topic, payload);
    for (const device of this.devices.values()) device.take(topic, payload);
  }

  #discover(topic: string, payload: string): void {
    if (!DISCOVERY_TOPIC.test(topic)) throw new Error('expected a discovery topic');
    const known = this.devices.get(topic);
    if (payload === '') {
      this.devices.delete(topic);
      if (known !== undefined) this.#client.unsubscribe(known.topics);
      return;
    }
    const configuration = readConfiguration(payload);
    this.discoveries.push({ topic, configuration });
    const device = new Device(configuration, known);
    this.devices.set(topic, device);
    this.#client.subscribe(device.topics);
  }
}

class Device {
  readonly states: Map<string, EntityState>;
  /** Undefined: nobody has said */
  isAvailable: boolean | undefined;
  readonly #configuration: Configuration;

  /** @param former that is discovered again, and keeps its states */
  constructor(configuration: Configuration, former?: Device) {
    this.#configuration = configuration;
    this.states = former?.states ?? new Map();
    this.isAvailable = former?.isAvailable;
  }

  get topics(): string[] {
    const { state_topic, availability_topic } = this.#configuration;
    return [state_topic, availability_topic].filter(topic => topic !== undefined);
  }

  take(topic: string, payload: string): void {
    const it = this.#configuration;
    if (topic === it.availability_topic) {
      if (payload === it.payload_available) this.isAvailable = true;
      else if (payload === it.payload_not_available) this.isAvailable = false;
      else throw new Error(`availability: ${payload}`);
    }
    // an empty one only clears what was retained
    if (topic !== it.state_topic || payload === '') return;
    readState(payload);
    for (const [key, component] of Object.entries(it.components))
      this.states.set(key, stateOf(component, rendered(component.value_template, JSON.parse(payload))));
  }
}

/** What Jinja makes of `{{value_json.name}}`: `None` of null. @throws Error where there is no such thing */
function rendered(template: string, json: Readonly<Record<string, unknown>>): string {
  const value = json[template.replace(/^{{ ?value_json\.| ?}}$/g, '')];
  if (value === null) return 'None';
  if (value === undefined || typeof value === 'object') throw new Error(`${template}: nothing to show`);
  return String(value);
}

function stateOf(component: ComponentConfiguration, payload: string): EntityState {
  if (payload === 'None') return 'unknown';
  if (component.platform === 'binary_sensor') {
    const { payload_on = 'ON', payload_off = 'OFF' } = component;
    if (payload !== payload_on && payload !== payload_off) throw new Error(`${component.name}: ${payload}`);
    return payload === payload_on;
  }
  if (component.options !== undefined) {
    if (!component.options.includes(payload)) throw new Error(`${component.name}: ${payload}`);
    return payload;
  }
  // whatever has a unit or a state class is a number
  const number = Number(payload);
  if (payload.trim() === '' || !Number.isFinite(number)) throw new Error(`${component.name}: ${payload}`);
  return number;
}
