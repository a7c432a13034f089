import { formatPower } from '../view/format';

/** What an order says of the supply. @param limit W; 0: none */
export function orderText(supply: boolean, limit: number): string {
  if (!supply) return 'Supply ordered off';
  return limit === 0 ? 'Supply allowed, without a limit' : `Supply allowed up to ${formatPower(limit)}`;
}
