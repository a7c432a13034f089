import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { ReportData } from './report-data';

const CLIENT = fileURLToPath(new URL('./client/', import.meta.url));

/**
 * The report as one HTML file that needs nothing else and asks nobody for anything: its policy lets only its own script and
 * style be run. The data is in it as JSON in which no `<` is left: whatever a meter says, it ends no element.
 */
export async function reportHtml(data: ReportData): Promise<string> {
  const { script, style } = await pageClient();
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>M3ter report</title>
<style>${style}</style>
</head>
<body>
<main id="report"><noscript>The plots are drawn by a script that is part of this page.</noscript></main>
<script type="application/json" id="data">${JSON.stringify({ ...data, further: [] }).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`;
}

interface PageClient {
  readonly script: string;
  readonly style: string;
}

let made: Promise<PageClient> | undefined;

/**
 * Script and style of every report, made once. Whoever is to write one when Ctrl-C has come asks for it before: the
 * bundler is a process of its own, which Ctrl-C ends.
 */
export function pageClient(): Promise<PageClient> {
  made ??= bundleClient();
  return made;
}

async function bundleClient(): Promise<PageClient> {
  const { outputFiles } = await build({
    entryPoints: [`${CLIENT}main.ts`],
    outdir: '/',
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    logLevel: 'silent',
  });
  const text = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}

/** As a content security policy names it. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
