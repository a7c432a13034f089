import { BaseError, HttpRequestError } from 'viem';

/** Why a node failed, in a line. The whole message of viem's errors has the URL in it, and that the key of who pays for it. */
export function failureReason(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error);
  const http = error.walk(cause => cause instanceof HttpRequestError);
  const status = http instanceof HttpRequestError && http.status !== undefined ? ` (${http.status})` : '';
  return error.shortMessage.replace(/\s+/g, ' ') + status;
}
