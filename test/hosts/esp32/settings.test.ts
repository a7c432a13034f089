import { rootCertificates } from 'node:tls';
import test from 'ava';
import fc from 'fast-check';
import { SETTING_NAMES, Settings } from '../../../hosts/esp32/settings';
import { checkCertificate } from '../../../hosts/esp32/settings-certificate';
import { parseJson } from '../../../hosts/esp32/settings-text';
import { fromUtf8, toUtf8 } from '../../../hosts/esp32/settings-utf8';
import { FakeStore } from './fake-store';

const CA = rootCertificates[0] as string;
const PHASE = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.05,
  phaseDegrees: 1,
  skewMicroseconds: 20,
  noLoadWatts: 2,
};

function fresh(phases = 1) {
  const store = new FakeStore();
  return { store, settings: new Settings(store, phases) };
}

test('a setting is what was set, also after a restart, until it is removed', t => {
  const { store, settings } = fresh();
  const values = {
    wifi: { ssid: 'Café du Soleil ☀', password: 'a "b" \\ c d' },
    broker: { host: 'broker.example', port: 8883, tls: { authority: `${CA.trim()}\n` } },
    location: { latitude: -33.9, longitude: 18.4, utcOffset: 120 },
    calibration: { phases: [PHASE] },
  };
  for (const name of SETTING_NAMES) {
    t.deepEqual(settings.get(name), { ok: true, value: undefined });
    t.true(settings.set(name, values[name]).ok);
    const again = new Settings(store, 1);
    t.deepEqual(again.get(name) as unknown, { ok: true, value: values[name] });
    t.true(again.remove(name).ok);
    t.deepEqual(settings.get(name), { ok: true, value: undefined });
  }
});

test('what is refused says the setting, what was expected and what came, and leaves the setting before', t => {
  const { settings } = fresh();
  const good = {
    wifi: { ssid: 'home' },
    broker: { host: 'b', port: 1883 },
    location: { latitude: 0, longitude: 0, utcOffset: 0 },
    calibration: { phases: [PHASE] },
  };
  for (const name of SETTING_NAMES) settings.set(name, good[name]);
  const refused = [
    ['wifi', { ssid: 'é'.repeat(20) }, 'wifi.ssid: expected 1 to 32 bytes, got 40'],
    ['wifi', { ssid: '' }, 'wifi.ssid: expected 1 to 32 bytes, got 0'],
    ['wifi', { ssid: 'a\nb' }, 'wifi.ssid: expected no control characters, got "a\\nb"'],
    ['wifi', { ssid: '\ud800' }, 'wifi.ssid: expected a text, got "\\ud800"'],
    ['wifi', { ssid: 'a', password: 'short' }, 'wifi.password: expected 8 to 63 bytes, got 5'],
    ['wifi', null, 'wifi: expected an object, got something else'],
    ['broker', { host: 'a b', port: 1 }, 'broker.host: expected a name or an address, got "a b"'],
    ['broker', { host: 'a', port: 65_536 }, 'broker.port: expected 1 to 65535, got 65536'],
    ['broker', { host: 'a', port: '1883' }, 'broker.port: expected 1 to 65535, got "1883"'],
    ['calibration', { phases: [] }, 'calibration.phases: expected a list of 1, got 0'],
    [
      'calibration',
      { phases: [{ ...PHASE, phaseDegrees: 90 }] },
      'calibration.phases[0].phaseDegrees: expected a number of -15 to 15, got 90',
    ],
    [
      'calibration',
      { phases: [{ voltsPerCount: 0.2 }] },
      'calibration.phases[0].ampsPerCount: expected a number of 0.000001 to 100, got nothing',
    ],
  ] as const;
  for (const [name, content, fault] of refused)
    t.deepEqual(settings.set(name, content), { ok: false, fault });
  for (const name of SETTING_NAMES) {
    const kept = settings.get(name);
    t.like(kept.ok && kept.value, good[name]);
  }
});

test('no refusal of a Wi-Fi setting tells the password', t => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 100 }), fc.anything(), (password, ssid) => {
      fc.pre(
        !JSON.stringify([ssid])?.includes(password) &&
          !'wifi.password: expected 8 to 63 bytes'.includes(password),
      );
      const { settings } = fresh();
      const result = settings.set('wifi', { ssid, password });
      return result.ok || !result.fault.includes(password);
    }),
  );
  t.pass();
});

test('whatever is on the flash, reading a setting gives a value that could have been set, or a line', t => {
  const anyText = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constant('['.repeat(3000)),
    fc.constant('{"phases":[{}]}'),
  );
  fc.assert(
    fc.property(anyText, fc.constantFrom(...SETTING_NAMES), (text, name) => {
      const { store, settings } = fresh();
      store.texts.set(name, text);
      const result = settings.get(name);
      if (!result.ok) return /^[a-zA-Z.[\]0-9]+: expected [^\n]+, got [^\n]+$/.test(result.fault);
      return settings.set(name, result.value).ok;
    }),
  );
  t.pass();
});

test('JSON is parsed up to five deep, for the machine parses by recursion; what strings hold nests nothing', t => {
  t.deepEqual(parseJson('[[[[{"a\\"[[[": "]"}]]]]'), [[[[{ 'a"[[[': ']' }]]]]);
  t.is(parseJson('[[[[[[1]]]]]]'), undefined);
  t.is(parseJson('{"a":'), undefined);
});

/** Of as many digits as `m3ter calibrate` writes. */
const FULL_PHASE = {
  voltsPerCount: 0.251297,
  ampsPerCount: 0.0673991,
  phaseDegrees: -10.631,
  skewMicroseconds: -112.5,
  noLoadWatts: 4.61,
  noiseAmps: 0.02704,
  offsetMicrosiemens: -123.45,
  offsetReactiveMicrosiemens: -123.45,
  reversed: false,
  byCurrent: Array.from({ length: 12 }, (_, k) => ({
    amps: 0.1234 + k,
    gain: 0.98765,
    phaseDegrees: -1.234,
  })),
};

test('a calibration of three phases by twelve currents each is kept', t => {
  const { settings } = fresh(3);
  const calibration = { phases: [FULL_PHASE, FULL_PHASE, FULL_PHASE] };
  t.deepEqual(settings.set('calibration', parseJson(JSON.stringify(calibration))), {
    ok: true,
    value: calibration,
  });
  t.deepEqual(settings.get('calibration'), { ok: true, value: calibration });
});

test('a table or direction that is impossible is refused by the name of the field', t => {
  const { settings } = fresh();
  const set = (change: object) => {
    const result = settings.set('calibration', { phases: [{ ...PHASE, ...change }] });
    return result.ok ? 'none' : result.fault;
  };
  t.is(
    set({ byCurrent: [{ amps: 1 }] }),
    'calibration.phases[0].byCurrent: expected at most 12 of amps, gain and phaseDegrees, by ascending amps, got [{"amps":1}]',
  );
  t.is(set({ reversed: 'yes' }), 'calibration.phases[0].reversed: expected true or false, got "yes"');
  t.regex(
    set({ noise: 1 }),
    /^calibration\.phases\[0\]: expected voltsPerCount, .*, byCurrent, got "noise"$/,
  );
});

test('flash that fails, or forgets, is told by a line', t => {
  const { store, settings } = fresh();
  settings.set('wifi', { ssid: 'home' });
  store.isForgetful = true;
  t.regex(faultOf(settings.set('wifi', { ssid: 'other' })), /^wifi: expected the flash to keep it/);
  t.regex(faultOf(settings.remove('wifi')), /^wifi: expected the flash to keep it/);
  store.isForgetful = false;
  t.deepEqual(settings.get('wifi'), { ok: true, value: { ssid: 'home' } });
  store.isBroken = true;
  t.regex(faultOf(settings.get('wifi')), /^wifi: expected the flash to give it back/);
  t.regex(faultOf(settings.set('wifi', { ssid: 'other' })), /^wifi: expected the flash to keep it/);
});

test('every certificate of an authority that Node trusts is taken, and none that lost a byte', t => {
  for (const certificate of rootCertificates) {
    t.deepEqual(checkCertificate(`\r\n${certificate.replaceAll('\n', '\r\n')}`), {
      ok: true,
      value: `${certificate.trim()}\n`,
    });
    const middle = Math.floor(certificate.length / 2);
    t.false(checkCertificate(certificate.slice(0, middle) + certificate.slice(middle + 1)).ok);
    t.false(checkCertificate(certificate.slice(0, middle) + certificate.slice(middle + 4)).ok);
  }
  t.false(checkCertificate(CA + CA).ok);
  t.false(checkCertificate('x'.repeat(5000)).ok);
  t.false(checkCertificate(undefined).ok);
});

test('the largest certificate fits into the flash beside a broker of the longest name', t => {
  const { settings } = fresh();
  const largest = [...rootCertificates].sort((a, b) => b.length - a.length)[0] as string;
  const name = 'a'.repeat(253);
  t.true(settings.set('broker', { host: name, port: 65_535, tls: { authority: largest } }).ok);
});

test('UTF-8 is what Node makes of a text, and of bytes that are none there is no text', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const bytes = toUtf8(text);
      return bytes !== undefined && Buffer.from(text).equals(bytes) && fromUtf8(bytes) === text;
    }),
  );
  t.is(fromUtf8(Uint8Array.of(0xff)), undefined);
  t.is(toUtf8('\udc00'), undefined);
});

function faultOf(result: { readonly ok: boolean; readonly fault?: string }): string {
  return result.fault ?? 'none';
}
