import type { Broker } from '../../firmware/link/uplink';
import { type Result, success } from '../../firmware/result';
import { addressCommand, resetCommand, takeProvisioning, trusted } from './console-ownership';
import { settingsLines } from './console-settings';
import type { Command, Commands, Question } from './console-shell';
import { type StatusSources, statusLines } from './console-status';
import { windowsCommand } from './console-windows';
import type { Settings } from './settings';
import { END_CERTIFICATE, LONGEST_CERTIFICATE } from './settings-certificate';
import type { WifiSetting } from './settings-checks';
import { jsonDepth, parseJson } from './settings-text';
import type { WindowTap } from './window-tap';

export interface ConsoleSources extends StatusSources {
  readonly settings: Settings;
  readonly windows: WindowTap;
  /** Whether the firmware that runs has proved itself; absent where there are no slots. */
  updateState?(): string;
  /** Restarts the board. */
  restartNow(): void;
}

const SAVED = 'saved; restart to use it';
/** Characters: a link, or a calibration of three phases by twelve currents each. */
const LONGEST_DOCUMENT = 4096;
const LONGEST_PASSWORD = 63;
/** ms for the last line to leave the board */
const FAREWELL = 500;

/** What a person can do at the console. Nothing here reaches the balance, the relay or the seed. */
export function consoleCommands(sources: ConsoleSources): Commands {
  const { meter, settings } = sources;
  return {
    address: addressCommand(sources),
    status: { usage: '', help: 'how the meter is', run: () => statusLines(sources) },
    settings: { usage: '', help: 'what is set, without secrets', run: () => settingsLines(settings) },
    wifi: trusted(meter, {
      usage: 'SSID [PASSWORD] | off',
      help: 'the network to join',
      run: words => setWifi(settings, words),
    }),
    broker: trusted(meter, {
      usage: 'HOST PORT [tls] | off',
      help: 'the MQTT broker to report to',
      run: words => setBroker(settings, words),
    }),
    ca: trusted(meter, {
      usage: '[off]',
      help: 'the only authority whose broker is trusted, in PEM',
      run: words => setAuthority(settings, words),
    }),
    link: trusted(meter, linkCommand(sources)),
    reset: resetCommand(sources),
    calibration: trusted(meter, calibrationCommand(sources)),
    windows: windowsCommand(sources.windows),
    update: {
      usage: '',
      help: 'whether this firmware has proved itself',
      run: () => [sources.updateState?.() ?? 'this board has no update slots'],
    },
    restart: trusted(meter, {
      usage: '',
      help: 'restart the board',
      run: () => {
        sources.clock.after(FAREWELL, () => sources.restartNow());
        return ['restarting'];
      },
    }),
  };
}

function setWifi(settings: Settings, words: readonly string[]): readonly string[] | Question {
  const [ssid, password, ...others] = words;
  if (ssid === undefined || others.length > 0)
    return [`wifi: expected SSID [PASSWORD] or off, got ${words.length} words; quote what has blanks`];
  if (ssid === 'off' && password === undefined) return saved(settings.remove('wifi'));
  if (password !== undefined) return saved(settings.set('wifi', { ssid, password }));
  return {
    prompt: 'password (not shown, empty for an open network):',
    isSecret: true,
    limit: LONGEST_PASSWORD,
    isComplete: () => true,
    answer: text => saved(settings.set('wifi', wifiSetting(ssid, text.slice(0, -1)))),
  };
}

function wifiSetting(ssid: string, password: string): WifiSetting {
  return password === '' ? { ssid } : { ssid, password };
}

function setBroker(settings: Settings, words: readonly string[]): readonly string[] {
  const [host, port = '', tls, ...others] = words;
  if (host === 'off' && words.length === 1) return saved(settings.remove('broker'));
  if (host === undefined || others.length > 0 || (tls !== undefined && tls !== 'tls'))
    return [
      `broker: expected HOST PORT [tls] or off, got ${words.length === 0 ? 'nothing' : words.join(' ')}`,
    ];
  const present = settings.get('broker');
  const authority = present.ok ? present.value?.tls?.authority : undefined;
  const options = authority === undefined ? {} : { authority };
  const place = { host, port: /^\d+$/.test(port) ? Number(port) : port };
  return saved(settings.set('broker', tls === undefined ? place : { ...place, tls: options }));
}

function setAuthority(settings: Settings, words: readonly string[]): readonly string[] | Question {
  if (words.length > 0 && words.join(' ') !== 'off')
    return ['ca: expected off or nothing, got something else'];
  const broker = tlsBroker(settings);
  if (!broker.ok) return [broker.fault];
  const { host, port } = broker.value;
  if (words.length > 0) return saved(settings.set('broker', { host, port, tls: {} }));
  return {
    prompt: 'paste the certificate, Ctrl-C to give up:',
    limit: LONGEST_CERTIFICATE,
    isComplete: text => text.includes(END_CERTIFICATE),
    answer: text => saved(settings.set('broker', { host, port, tls: { authority: text } })),
  };
}

function tlsBroker(settings: Settings): Result<Broker, string> {
  const broker = settings.get('broker');
  if (!broker.ok) return broker;
  if (broker.value?.tls === undefined)
    return {
      ok: false,
      fault: `ca: expected a broker with tls, got ${broker.value ? 'one without' : 'none'}`,
    };
  return success(broker.value);
}

function linkCommand(sources: ConsoleSources): Command {
  return {
    usage: '[DOCUMENT]',
    help: 'tell a new meter which M3ter it is and whom it obeys',
    run: (_words, rest) =>
      askDocument('paste the link document, Ctrl-C to give up:', rest, text =>
        takeProvisioning(sources, text),
      ),
  };
}

/** Not while it is sealed: whoever has the cable could else measure himself less. */
function calibrationCommand({ meter, settings }: ConsoleSources): Command {
  return {
    usage: '[DOCUMENT] | off',
    help: "instead of the board's own; not while sealed",
    run: (words, rest) => {
      if (meter.isSealed)
        return [
          'calibration: expected a meter that is not sealed, got one whose owner has to unseal it first',
        ];
      if (words.join(' ') === 'off') return saved(settings.remove('calibration'));
      return askDocument('paste the calibration file, Ctrl-C to give up:', rest, text =>
        saved(settings.set('calibration', parseJson(text))),
      );
    },
  };
}

/** JSON of any number of lines, up to where its braces close. */
function askDocument(prompt: string, begun: string, answer: Question['answer']): Question {
  return {
    prompt,
    begun,
    limit: LONGEST_DOCUMENT,
    isComplete: text => text.trim() !== '' && jsonDepth(text).atEnd <= 0,
    answer,
  };
}

function saved(result: Result<unknown, string>): readonly string[] {
  return [result.ok ? SAVED : result.fault];
}
