import type { Command } from 'commander';
import type { GatewaySourceOptions } from '../page/gateway-source';
import type { PageServer } from '../page/serve-page';
import { wholeNumberOption } from './options';

export interface GatewayPageOptions {
  /** 0: any that is free; absent: no page. */
  readonly page?: number;
  readonly pageReadOnly?: true;
}

const HIGHEST_PORT = 65_535;

export function pageOptions(command: Command): Command {
  return command
    .option('--page <port>', 'serve the live page there, on loopback', wholeNumberOption(0, HIGHEST_PORT))
    .option('--page-read-only', 'nobody may give orders on the page, not even who has its address');
}

/**
 * Serves the page that `--page` asks for, at a URL with the token that lets it act, unless nobody may; undefined when it
 * does not. The libraries are loaded only then.
 * @param parts its client is the page's own, and ended by `close`
 * @throws Failure when the port is not free
 */
export async function startPage(
  { page: port, pageReadOnly }: GatewayPageOptions,
  parts: () => GatewaySourceOptions,
): Promise<PageServer | undefined> {
  if (port === undefined) return undefined;
  const { GatewaySource } = await import('../page/gateway-source');
  const { servePage } = await import('../page/serve-page');
  const { key, ...others } = parts();
  const source = new GatewaySource({ ...others, ...(key && !pageReadOnly && { key }) });
  try {
    const server = await servePage(source, { port });
    return {
      url: pageReadOnly ? server.url.replace(/#.*/, '') : server.url,
      async close() {
        await server.close();
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}
