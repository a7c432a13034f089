import { addressText } from '../../firmware/attest/address';
import { fromHex } from '../../firmware/bytes';
import { type Provisioning, parseProvisioning } from '../provisioning';
import type { Command } from './console-shell';
import type { StatusSources } from './console-status';
import type { Settings } from './settings';

/** What a new meter is told by hand, and how it is made to forget that; see `askDocument` for how a document is read. */

/**
 * Takes a provisioning document, whole or not at all. The link comes first and the settings after it: where the power
 * fails in between, the same document is taken again, since a meter may be told the same link twice.
 */
export function takeProvisioning(
  { meter, crypto, settings }: Pick<StatusSources, 'meter' | 'crypto'> & { readonly settings: Settings },
  text: string,
): readonly string[] {
  const document = parseProvisioning(crypto, text);
  if (!document.ok) return [document.fault];
  const { m3terId } = document.value.offer;
  const linked = meter.link(document.value.offer);
  if (!linked.ok) return [`link: refused, ${linked.fault}`];
  return [`linked to M3ter ${m3terId}`, ...keepSettings(settings, document.value)];
}

function keepSettings(settings: Settings, document: Provisioning): readonly string[] {
  const names = (['wifi', 'broker', 'location'] as const).filter(name => document[name] !== undefined);
  for (const name of names) {
    const kept = settings.set(name, document[name]);
    if (!kept.ok) return [kept.fault];
  }
  return names.length === 0 ? [] : [`${names.join(', ')} saved; restart to use it`];
}

export function addressCommand({ meter, crypto }: Pick<StatusSources, 'meter' | 'crypto'>): Command {
  return {
    usage: '',
    help: "the device's address, for the registry",
    run: () => [
      meter.address === undefined ? 'none: the key is unusable' : addressText(crypto, meter.address),
    ],
  };
}

/** Not for whoever has a cable: the owner or the registrar has signed it. */
export function resetCommand({ meter }: Pick<StatusSources, 'meter'>): Command {
  return {
    usage: 'HEX',
    help: 'forget the M3ter and whom it obeys, by a signed reset',
    run: words => {
      const payload = words.length === 1 ? fromHex(words[0] as string) : undefined;
      if (payload === undefined || payload.length === 0)
        return ['reset: expected a signed FactoryReset in hex, got something else'];
      const reset = meter.reset(payload);
      return [reset.ok ? 'reset: linked to no M3ter' : `reset: refused, ${reset.fault}`];
    },
  };
}

/** A console that is not trusted only shows. */
export function trusted(meter: StatusSources['meter'], command: Command): Command {
  return {
    ...command,
    run: (words, rest) =>
      meter.isConsoleTrusted
        ? command.run(words, rest)
        : ["expected a console that the owner's policy trusts, got one that may only look"],
  };
}
