import type { Display } from '../../firmware/host';

/** What the button goes through. */
export const PAGES = ['balance', 'power', 'address', 'online'] as const;
export type Page = (typeof PAGES)[number];

/** What can be shown besides the state of the supply. */
export interface DisplayDetails {
  /** V, RMS, of the first phase */
  readonly voltage: number;
  /** A, RMS, of the first phase */
  readonly current: number;
  /** W, of all phases */
  readonly activePower: number;
  /** `0x` and 40 digits; undefined when the device has no usable key */
  readonly address: string | undefined;
  readonly m3terId: bigint | undefined;
  /** h that the balance lasts; undefined until it has learned that */
  readonly hoursLeft: number | undefined;
}

/** The same for every kind of screen: each takes what it has room for. */
export interface DisplayText {
  /** At most 21 characters */
  readonly title: string;
  /** At most 7 characters */
  readonly big: string;
  /** At most two of at most 21 characters */
  readonly lines: readonly string[];
  /** What is to be read by a machine, as a QR code where there is room for one. */
  readonly code?: string;
  /** All of it for four places of seven segments; a point takes none. */
  readonly digits: string;
}

/** A screen that the panel drives. Neither call may throw: no screen is worth a meter. */
export interface Screen {
  show(text: DisplayText): void;
  /** Dark until the next `show`. */
  off(): void;
}

/** By SupplyReason: in words, and for seven segments. */
const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  supplied: ['Supply on', ''],
  exhausted: ['Balance used up', 'PAY'],
  ordered: ['Off by order', 'OFF'],
  suspended: ['Off by the provider', 'OFF'],
  overload: ['Too much power', 'LOAd'],
  overvoltage: ['Voltage too high', 'HI U'],
  undervoltage: ['Voltage too low', 'Lo U'],
  tamper: ['Case was opened', 'CASE'],
  reconnecting: ['Back in a moment', 'SOOn'],
  unarmed: ['Press for supply', 'PrES'],
  emergency: ['Emergency credit', ''],
  friendly: ['Used up, on till day', ''],
  reduced: ['Used up, little power', ''],
  unlinked: ['Not linked yet', 'noId'],
};
const FAULT = ['Fault: call service', 'Err'] as const;
const NOTHING_RESTORED = '----';

/**
 * What is to be read on one page.
 * @param isReasonsTurn four places have no room for the balance and the reason why there is no supply: they take turns
 */
export function displayText(
  page: Page,
  display: Display,
  details: DisplayDetails,
  isReasonsTurn: boolean,
): DisplayText {
  switch (page) {
    case 'balance':
      return balanceText(display, details.hoursLeft, isReasonsTurn);
    case 'power':
      return powerText(details);
    case 'address':
      return identityText(details);
    case 'online':
      return display.online
        ? { title: 'Broker', big: 'ONLINE', lines: [], digits: 'Conn' }
        : { title: 'Broker', big: 'OFFLINE', lines: ['Readings are kept'], digits: 'diSC' };
  }
}

function balanceText(display: Display, hoursLeft: number | undefined, isReasonsTurn: boolean): DisplayText {
  const { balance, closed, reason, lowBalance, relayFault } = display;
  const big = balance === undefined ? NOTHING_RESTORED : fourPlaces(balance / 1e6);
  const [words, code] = (Object.hasOwn(REASONS, reason) && REASONS[reason]) || FAULT;
  const lines = [
    words,
    ...(relayFault ? ['Relay: call service'] : closed ? outlook(lowBalance, hoursLeft) : []),
  ];
  return { title: 'Balance kWh', big, lines, digits: !closed && isReasonsTurn ? code : big };
}

/** At most a line. */
function outlook(isLow: boolean, hoursLeft: number | undefined): string[] {
  if (hoursLeft === undefined) return isLow ? ['Low balance'] : [];
  const hours = Math.floor(hoursLeft);
  const days = Math.floor(hours / 24);
  return [`${isLow ? 'Low: lasts' : 'Lasts'} ${days > 0 ? `${days} d ` : ''}${hours % 24} h`];
}

function powerText({ activePower, voltage, current }: DisplayDetails): DisplayText {
  const watts = Math.round(activePower);
  const isLarge = watts > 9999 || watts < -999;
  const big = isLarge ? fourPlaces(activePower / 1000) : watts.toFixed(0);
  const title = isLarge ? 'Power kW' : 'Power W';
  return { title, big, lines: [`${voltage.toFixed(1)} V  ${current.toFixed(2)} A`], digits: big };
}

function identityText({ address, m3terId }: DisplayDetails): DisplayText {
  const title = m3terId === undefined ? 'Not linked' : `M3ter ${shortened(m3terId.toString(), 15)}`;
  if (address === undefined) return { title, big: NOTHING_RESTORED, lines: [], digits: NOTHING_RESTORED };
  const tail = address.slice(-4);
  return {
    title,
    big: tail,
    lines: [address.slice(0, 21), address.slice(21)],
    code: address,
    digits: tail.replaceAll('B', 'b').replaceAll('D', 'd'),
  };
}

/**
 * As many decimals, at most two, as fit in four places. Rounded down, so that no more is promised than there is; what
 * does not fit is shown as the utmost that does.
 */
function fourPlaces(value: number): string {
  const held = Math.max(-999, Math.min(9999, value));
  const places = held < 0 ? 3 : 4;
  for (const decimals of [2, 1]) {
    const scale = 10 ** decimals;
    const digits = Math.floor(held * scale);
    if (Math.abs(digits) < 10 ** places) return (digits / scale).toFixed(decimals);
  }
  return Math.floor(held).toFixed(0);
}

/** The end is what tells two apart. */
function shortened(text: string, length: number): string {
  return text.length <= length ? text : `..${text.slice(2 - length)}`;
}
