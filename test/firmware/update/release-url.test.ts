import test from 'ava';
import { parseReleaseUrl } from '../../../firmware/update/release-url';

test('URLs of http and https name a host, a port and a path', t => {
  t.deepEqual(parseReleaseUrl('http://example.org'), {
    ...{ isSecure: false, host: 'example.org', port: 80, path: '/' },
  });
  t.deepEqual(parseReleaseUrl('https://10.0.0.1:8443/m3ter/7.bin?board=esp32&x=[1]'), {
    ...{ isSecure: true, host: '10.0.0.1', port: 8443, path: '/m3ter/7.bin?board=esp32&x=[1]' },
  });
  t.is(parseReleaseUrl('https://example.org/')?.port, 443);
  const longest = `http://example.org/${'7'.repeat(181)}`;
  t.is(longest.length, 200);
  t.truthy(parseReleaseUrl(longest));
});

test('what a meter cannot ask for, or would be more than one request, is no URL', t => {
  const wrong = [
    ...['', 'example.org', 'ftp://example.org/', 'HTTP://example.org/', 'http:///x', 'http://'],
    ...['http://user@example.org/', 'http://example.org:0/', 'http://example.org:65536/'],
    ...[
      'http://[::1]/',
      'http://example.org/a b',
      'http://example.org/a\r\nHost: b',
      'http://example.org/#x',
    ],
    ...['http://example.org\n', 'http://exa_mple.org/', 'http://example.org/\u00e9', ' http://example.org/'],
    `http://example.org/${'7'.repeat(182)}`,
  ];
  for (const url of wrong) t.is(parseReleaseUrl(url), undefined, url);
});
