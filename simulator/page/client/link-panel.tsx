import { memo, useMemo } from 'react';
import { encode } from 'uqr';
import type { MeterView } from '../page-state';
import { Figure, Panel } from './panel';

/** Which meter it is, and whether the world hears it. */
export function LinkPanel({ meter }: { readonly meter: MeterView }) {
  const { address, m3terId, online, topic } = meter;
  return (
    <Panel title="Link" name="link">
      <div className="link-body">
        {address !== '' && <QrCode text={address} />}
        <dl className="figures">
          <Figure name="M3ter">{m3terId}</Figure>
          <Figure name="Broker">{online ? 'online' : 'offline'}</Figure>
          <Figure name="Device">
            <span className="hash">{address || 'not heard of yet'}</span>
          </Figure>
          {topic !== '' && (
            <Figure name="Topics">
              <span className="hash">{topic}…</span>
            </Figure>
          )}
        </dl>
      </div>
    </Panel>
  );
}

/** Black on white in the dark too: readers want it so. */
const QrCode = memo(function QrCode({ text }: { readonly text: string }) {
  const { data, size } = useMemo(() => encode(text, { ecc: 'M', border: 2 }), [text]);
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={`QR code of ${text}`}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
});
