import { PayloadSigner } from '../attest/payload-signer';
import type { Host } from '../host';
import type { Ledger } from '../ledger/ledger';
import type { LinkSetting } from '../ledger/state';
import { ConsoleDialogue, type ConsoleHandlers, type Position } from './console-dialogue';
import { PayloadAccount } from './payload-account';

/**
 * Makes what speaks to a M3tering Console, if the policy asks for it: before that nothing of it is in memory. Undefined, too,
 * where what was said before cannot be read, or the flash fails.
 * @param position where the meter is, if it is known
 */
export function openConsole(
  host: Host,
  ledger: Ledger,
  link: LinkSetting,
  handlers: ConsoleHandlers,
  position?: Position,
): ConsoleDialogue | undefined {
  const { payloadInterval: interval } = ledger.settings.policy;
  const account = interval === 0 ? undefined : PayloadAccount.open(ledger, link);
  return (
    account && new ConsoleDialogue(host, account, new PayloadSigner(host), handlers, { interval, position })
  );
}
