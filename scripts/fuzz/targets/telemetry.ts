import { decodeTelemetry, encodeTelemetry } from '../../../firmware/attest/telemetry';
import { milliwattHours } from '../../../firmware/energy';
import { Prng } from '../../../hosts/mock/prng';
import { expect } from '../breaches';
import { below, drawBytes, one } from '../draw';
import { drawMessageMap } from '../draw-cbor';
import { mutate } from '../mutate';
import type { Target } from '../target';

const LONGEST = 220;
const RIGHT_ONES = 30;

/** Telemetry as whoever subscribes to it gets it. */
export function telemetryTarget(): Target {
  const setup = new Prng('telemetry');
  const right = Array.from({ length: RIGHT_ONES }, () => drawTelemetry(setup));

  return {
    draw(prng) {
      const way = below(prng, 10);
      if (way < 7) return mutate(prng, one(prng, right), right);
      return way < 9 ? drawMessageMap(prng) : drawBytes(prng, LONGEST);
    },

    take(input) {
      const decoded = decodeTelemetry(input);
      if (!decoded.ok) return;
      const { phases, sequence, timestamp } = decoded.value;
      const numbers = phases.flatMap(({ registers, ...phase }) => [
        ...Object.values(phase),
        ...Object.values(registers ?? {}),
      ]);
      const areFinite = [sequence, timestamp, ...numbers].every(Number.isFinite);
      expect(areFinite && phases.length >= 1 && phases.length <= 3, 'accepted', 'telemetry of no meter');
    },
  };
}

/** What a meter of one to three phases may send. */
function drawTelemetry(prng: Prng): Uint8Array {
  const quantity = () => 1000 * prng.gaussian();
  const phases = Array.from({ length: 1 + below(prng, 3) }, () => ({
    voltage: Math.abs(quantity()),
    current: Math.abs(quantity()),
    activePower: quantity(),
    reactivePower: quantity(),
    apparentPower: 0,
    powerFactor: 1,
  }));
  const distortion = () => (below(prng, 2) === 0 ? undefined : prng.uniform());
  const energy = () => milliwattHours(Math.floor(prng.uniform() * 2 ** below(prng, 48)));
  return encodeTelemetry(
    prng.bits(),
    prng.bits(),
    { phases, frequency: 50, duration: 200_000 },
    {
      distortions: phases.map(() => ({ voltage: distortion(), current: distortion() })),
      registers: phases.length > 1 ? phases.map(() => ({ imported: energy(), exported: energy() })) : [],
    },
  );
}
