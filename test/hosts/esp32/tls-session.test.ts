import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { CIPHER_SUITES } from '../../../hosts/esp32/tls-handshake';
import { runMcconfig } from '../../../hosts/moddable/mcconfig';
import { hashOfKey } from '../../support/certificates';
import { withSdk } from '../../support/sdk';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const OUTPUT = path('../../../build/tls-client');
const PROGRAM = join(OUTPUT, 'bin/lin/release/tls-client');
const TEXT = 'x'.repeat(5000);

const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const RSA = ['rsa:2048'];
const LOCALHOST = 'subjectAltName=DNS:localhost';
const IS_AUTHORITY = 'basicConstraints=critical,CA:TRUE';

/** Certificates in a folder, made by OpenSSL. */
class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'm3ter-tls-'));

  selfSigned(name: string, key: readonly string[], extension = 'keyUsage=keyCertSign', subject = name): this {
    const request = ['req', '-x509', '-nodes', '-newkey', ...key, '-days', '2', '-subj', `/CN=${subject}`];
    return this.#openssl(...request, '-addext', extension, '-keyout', `${name}.key`, '-out', `${name}.pem`);
  }

  signed(name: string, by: string, key: readonly string[], extensions: string): this {
    const request = ['req', '-nodes', '-newkey', ...key, '-subj', `/CN=${name}`];
    this.#openssl(...request, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(this.folder, `${name}.ext`), extensions);
    const issuer = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    const names = ['-extfile', `${name}.ext`, '-in', `${name}.csr`, '-out', `${name}.pem`];
    return this.#openssl('x509', '-req', '-days', '2', ...issuer, ...names);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** The first is the server's, whose key it has. */
  chain(...names: readonly string[]): TlsOptions {
    return { cert: names.map(name => this.read(`${name}.pem`)).join(''), key: this.read(`${names[0]}.key`) };
  }

  #openssl(...words: readonly string[]): this {
    execFileSync('openssl', words, { cwd: this.folder, stdio: 'pipe' });
    return this;
  }
}

let made: Certificates | undefined;

/** Made when the first test needs them. */
const certificates = () => {
  made ??= makeCertificates();
  return made;
};

const makeCertificates = () =>
  new Certificates()
    .selfSigned('ca', RSA)
    .selfSigned('ec-ca', EC)
    .selfSigned('other', RSA)
    .selfSigned('evil', RSA, LOCALHOST)
    .selfSigned('namesake', RSA, 'keyUsage=keyCertSign', 'ca')
    .signed('rsa', 'ca', RSA, LOCALHOST)
    .signed('ec', 'ec-ca', EC, LOCALHOST)
    .signed('elsewhere', 'ca', RSA, 'subjectAltName=DNS:elsewhere')
    .signed('between', 'ca', RSA, IS_AUTHORITY)
    .signed('deep', 'between', RSA, LOCALHOST)
    .signed('forged', 'elsewhere', RSA, LOCALHOST)
    .signed('misled', 'namesake', RSA, LOCALHOST);

async function listen(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What the client says of a server. @param trust an authority, or a text of `TlsOptions` */
async function converse(
  t: ExecutionContext,
  server: Server,
  trust: string | readonly ['keyHash' | 'certificate', string],
): Promise<string[]> {
  const port = await listen(t, server);
  const pin = typeof trust === 'string' ? ['authority', join(certificates().folder, `${trust}.pem`)] : trust;
  const { stderr } = await promisify(execFile)(PROGRAM, [String(port), 'localhost', ...pin], {
    timeout: 20_000,
  });
  return stderr.trim().split('\n');
}

/** Sends a text, and ends when it has come back. */
function echoServer(options: TlsOptions): Server {
  const server = createTlsServer(options, stream => {
    let received = '';
    stream.on('error', () => {});
    stream.on('data', bytes => {
      received += bytes;
      if (received === TEXT) stream.end('well done');
    });
    stream.write(TEXT);
  });
  return server.on('tlsClientError', () => {});
}

/** Of a ClientHello in one record (RFC 5246, 7.4.1.2). */
function offeredSuites(record: Buffer): number[][] {
  const suites = 5 + 4 + 2 + 32 + 1 + record.readUInt8(43);
  const count = record.readUInt16BE(suites) / 2;
  return Array.from({ length: count }, (_, k) => [
    ...record.subarray(suites + 2 + 2 * k, suites + 4 + 2 * k),
  ]);
}

const sum = (lines: readonly string[]) =>
  lines.filter(line => line.startsWith('got ')).reduce((bytes, line) => bytes + Number(line.slice(4)), 0);

withSdk('TLS on XS: a program of it is made', async t => {
  await runMcconfig({ platform: 'x-cli-lin', output: OUTPUT, manifest: path('tls/manifest.json') });
  t.pass();
});

withSdk('TLS on XS: whom the authority vouches for is trusted, and data goes both ways whole', async t => {
  const cases: readonly [TlsOptions, string][] = [
    [certificates().chain('rsa'), 'ca'],
    [certificates().chain('ec'), 'ec-ca'],
    [certificates().chain('rsa', 'ca'), 'ca'],
    [certificates().chain('deep', 'between'), 'ca'],
    [certificates().chain('evil'), 'evil'],
  ];
  for (const [options, authority] of cases) {
    const lines = await converse(t, echoServer(options), authority);
    t.is(lines[0], 'open');
    t.is(lines.at(-1), 'closed');
    t.is(sum(lines), TEXT.length + 'well done'.length);
  }
});

withSdk('TLS on XS: a pinned key is trusted whoever vouches for it, another key or name is not', async t => {
  const hashOf = (name: string) => hashOfKey(certificates().read(`${name}.pem`));
  for (const name of ['rsa', 'ec', 'evil']) {
    const lines = await converse(t, echoServer(certificates().chain(name)), ['keyHash', hashOf(name)]);
    t.is(lines[0], 'open');
    t.is(sum(lines), TEXT.length + 'well done'.length);
  }
  const cases = [
    ['rsa', hashOf('ec')],
    ['elsewhere', hashOf('elsewhere')],
    ['rsa', ''],
  ] as const;
  for (const [name, keyHash] of cases)
    t.deepEqual(await converse(t, echoServer(certificates().chain(name)), ['keyHash', keyHash]), [
      'untrusted',
    ]);
});

withSdk('TLS on XS: with a certificate of its own to show, which it cannot, it trusts nobody', async t => {
  const own = ['certificate', join(certificates().folder, 'rsa.pem')] as const;
  t.deepEqual(await converse(t, echoServer(certificates().chain('rsa')), own), ['untrusted']);
});

withSdk('TLS on XS: another name, another authority, and chains that do not hold are untrusted', async t => {
  const cases: readonly [TlsOptions, string][] = [
    [certificates().chain('elsewhere'), 'ca'],
    [certificates().chain('rsa'), 'other'],
    [certificates().chain('rsa', 'ca'), 'other'],
    [certificates().chain('deep'), 'ca'],
    // of one who calls himself as the authority does
    [certificates().chain('misled'), 'ca'],
    [certificates().chain('misled', 'namesake'), 'ca'],
    // of one who is no authority
    [certificates().chain('forged', 'elsewhere'), 'ca'],
    // before a chain that holds by itself, and bears the name
    [certificates().chain('evil', 'rsa', 'ca'), 'ca'],
    [certificates().chain('evil', 'ca'), 'ca'],
  ];
  for (const [options, authority] of cases)
    t.deepEqual(await converse(t, echoServer(options), authority), ['untrusted']);
});

withSdk('TLS on XS: a server without ephemeral keys, or of before TLS 1.2, is none', async t => {
  const rsa = certificates().chain('rsa');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  for (const options of [
    { ...rsa, ciphers: 'AES128-SHA:AES128-GCM-SHA256', maxVersion: 'TLSv1.2' as const },
    { ...rsa, ...old },
  ])
    t.deepEqual(await converse(t, echoServer(options), 'ca'), ['untrusted']);
});

withSdk('TLS on XS: a good-bye or data in plain text does not pass for a handshake', async t => {
  for (const record of ['15030300020100', '170303000568656c6c6f']) {
    let said = '';
    const server = createServer(stream => {
      stream.once('data', hello => {
        t.deepEqual(
          offeredSuites(hello),
          CIPHER_SUITES.map(({ value }) => value),
        );
        stream.on('data', bytes => {
          said += bytes;
        });
        stream.write(Buffer.from(record, 'hex'));
      });
      stream.on('error', () => {});
    });
    t.deepEqual(await converse(t, server, 'ca'), ['untrusted']);
    t.is(said, '', 'nothing is told to whoever it is');
  }
});
