import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { encodePayloadV2, payloadV2Message } from '../../firmware/attest/m3tering-v2';
import { milliwattHours } from '../../firmware/energy';

/** The Ed25519 key whose seed is all this byte. */
export function ed25519Key(byte: number): KeyObject {
  // RFC 8410: what stands before the seed in its PKCS #8
  const der = Buffer.from(`302e020100300506032b657004220420${Buffer.alloc(32, byte).toString('hex')}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** 32 bytes */
export function publicKeyOf(key: KeyObject): Uint8Array {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(der.subarray(-32));
}

/** A signed payload, by node:crypto. @param hasKey with voltage and device id */
export function signedPayload(key: KeyObject, nonce: number, energy = 0, hasKey = false): Uint8Array {
  const whole = milliwattHours(energy);
  const signature = Uint8Array.from(sign(null, payloadV2Message(nonce, whole), key));
  const extension = hasKey ? { voltage: 230.1, publicKey: publicKeyOf(key) } : {};
  return encodePayloadV2({ nonce, energy: whole, signature, ...extension });
}

/** What a meter that speaks payload v2 is to its broker. */
export class PayloadMeter {
  /** Hex of each */
  readonly answers: string[] = [];
  readonly key: KeyObject;
  readonly #client: MqttClient;
  readonly #prefix: string;

  static async start(client: MqttClient, m3terId: number, chainId = 100): Promise<PayloadMeter> {
    const meter = new PayloadMeter(client, m3terId, chainId);
    await client.subscribeAsync(`${meter.#prefix}/answer`, { qos: 1 });
    return meter;
  }

  private constructor(client: MqttClient, m3terId: number, chainId: number) {
    this.#client = client;
    this.#prefix = `m3ter/${chainId}/${m3terId}`;
    this.key = ed25519Key(m3terId);
    client.on('message', (topic, bytes, packet) => {
      if (topic !== `${this.#prefix}/answer`) return;
      if (packet.retain || packet.qos !== 1) throw new Error('answer: expected QoS 1, not retained');
      this.answers.push(bytes.toString('hex'));
    });
  }

  async say(nonce: number, energy = 0, hasKey = false): Promise<void> {
    await this.send(signedPayload(this.key, nonce, energy, hasKey));
  }

  async send(payload: Uint8Array): Promise<void> {
    await this.#client.publishAsync(`${this.#prefix}/payload`, Buffer.from(payload), { qos: 1 });
  }
}
