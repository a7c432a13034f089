import type { Clock, Crypto, Sensor } from '../../firmware/host';
import { Ade7953 } from '../chips/ade7953';
import type { ChipI2cClass, ChipSerialClass } from '../chips/chip-io';
import { Cse7766 } from '../chips/cse7766';
import { Pzem004t } from '../chips/pzem004t';
import { AdcSensor, type WindowSampler } from './adc-sensor';
import type { SensorWiring } from './board-sensor';

/** What of the chip and the SDK the sensors need. */
export interface SensorDevices {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly Sampler: new (channels: readonly number[], samplesPerSecond: number) => WindowSampler;
  readonly Serial: ChipSerialClass;
  /** The same, with even parity. */
  readonly EvenParitySerial: ChipSerialClass;
  readonly I2C: ChipI2cClass;
}

/** The sensor that the board has. Nothing is opened before it is started. */
export function makeSensor(wiring: SensorWiring, devices: SensorDevices): Sensor {
  const { clock, crypto, Sampler, Serial, EvenParitySerial, I2C } = devices;
  switch (wiring.type) {
    case 'adc': {
      const sampler = new Sampler(wiring.channels, wiring.samplesPerSecond);
      return new AdcSensor({ sampler, phases: wiring.channels.length / 2, clock, crypto });
    }
    case 'pzem004t': {
      const { port, transmit, receive, addresses } = wiring;
      return new Pzem004t({ serial: { io: Serial, port, transmit, receive }, clock, addresses });
    }
    case 'cse7766': {
      const { port, receive } = wiring;
      return new Cse7766({ serial: { io: EvenParitySerial, port, receive }, clock });
    }
    case 'ade7953': {
      const { sda, scl, calibration } = wiring;
      return new Ade7953({ io: I2C, bus: { data: sda, clock: scl }, clock, calibration });
    }
  }
}
