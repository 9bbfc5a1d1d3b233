/** Events per interval above the log; dragging over the bars looks closer, and each bar is a button for the keyboard. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';

type Histogram = Schemas['Histogram'];
const UNITS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

export function LogHistogram({
  data,
  onZoom,
}: {
  data: Histogram;
  onZoom(from: string, to: string): void;
}): JSX.Element | null {
  const { t } = useTranslation('lists');
  const format = useFormats();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  if (!data.since || !data.until || data.bars.length === 0) return null;
  const step = data.seconds * 1000;
  const first = Date.parse(data.bars[0]?.at ?? data.since);
  const start = first - Math.max(0, Math.ceil((first - Date.parse(data.since)) / step)) * step;
  const count = Math.max(1, Math.ceil((Date.parse(data.until) - start) / step));
  const byAt = new Map(data.bars.map((bar) => [Math.round((Date.parse(bar.at) - start) / step), bar]));
  const most = Math.max(...data.bars.map((bar) => bar.events));
  const [unit, seconds] = UNITS.find(([, size]) => data.seconds % size === 0) ?? UNITS[3];
  const interval = t(`log.${unit}`, { count: data.seconds / seconds });
  const at = (index: number): string => new Date(start + index * step).toISOString();
  const zoom = (from: number, to: number): void => onZoom(at(Math.min(from, to)), at(Math.max(from, to) + 1));
  const low = drag ? Math.min(drag.from, drag.to) : -1;
  const high = drag ? Math.max(drag.from, drag.to) : -1;
  return (
    <figure className="log-histogram">
      <figcaption className="label">
        {t('log.histogram', { interval })} · {t('log.events', { count: data.events })}
      </figcaption>
      <fieldset
        className="log-bars"
        aria-label={t('log.brush')}
        title={t('log.brush')}
        onPointerLeave={() => setDrag(null)}
      >
        {Array.from({ length: count }, (_, index) => {
          const bar = byAt.get(index);
          const name = `${format.dateTime(at(index))}: ${t('log.events', { count: bar?.events ?? 0 })}${
            bar?.failed ? `, ${t('log.failed', { count: bar.failed })}` : ''
          }`;
          return (
            <button
              key={index}
              type="button"
              tabIndex={bar ? 0 : -1}
              aria-label={name}
              title={name}
              className={index >= low && index <= high ? 'log-bar log-bar-brushed' : 'log-bar'}
              onPointerDown={(event) => {
                event.currentTarget.releasePointerCapture?.(event.pointerId);
                setDrag({ from: index, to: index });
              }}
              onPointerEnter={() => drag && setDrag({ ...drag, to: index })}
              onPointerUp={() => {
                if (drag) zoom(drag.from, index);
                setDrag(null);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter') zoom(index, index);
              }}
            >
              <svg aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1 100">
                {bar ? (
                  <>
                    <rect
                      className="log-bar-all"
                      y={100 - (bar.events / most) * 100}
                      width="1"
                      height={(bar.events / most) * 100}
                    />
                    <rect
                      className="log-bar-failed"
                      y={100 - (bar.failed / most) * 100}
                      width="1"
                      height={(bar.failed / most) * 100}
                    />
                  </>
                ) : null}
              </svg>
            </button>
          );
        })}
      </fieldset>
    </figure>
  );
}
