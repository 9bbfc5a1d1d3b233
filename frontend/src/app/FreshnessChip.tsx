/** The truth about the data: the worst of the sources, and each of them on request. */
import { Popover } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useLiveState } from '~/lib/live';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useMay, useWorkspace } from '~/lib/session';

type Stream = Schemas['StreamRow'];

/** Older than this, an order may have come that nobody sees yet (the slowest poller asks every five minutes). */
const STALE_MS = 15 * 60_000;
/** What is asked for once an hour at the least; it says nothing about whether orders are all there. */
const SLOW_MS: Readonly<Record<string, number>> = { shipments: 75 * 60_000 };

/** The stock that proposals count on: what the rules hold when it gets older than their limit. */
type Stock = Schemas['StockAge'] | null;
/** Pages whose figures count on the stock. */
const COUNTS_ON_STOCK = /^\/[^/]+\/(supply\/(?!event-log)|administration\/catalog)/;

type Freshness = {
  tone: 'positive' | 'caution' | 'critical' | 'neutral';
  worst: Pick<Stream, 'name' | 'state' | 'last_success_at'> | null;
  /** The first load is under way: old is what it is not yet. */
  loading: boolean;
};

export function judge(streams: readonly Stream[], now: number, stock: Stock = null): Freshness {
  if (streams.length === 0) return { tone: 'neutral', worst: null, loading: false };
  const found = judgeStreams(streams, now);
  if (found.tone !== 'positive' || !stock?.as_of) return found;
  // The limit may have passed since it was asked for.
  const old = now - Date.parse(stock.as_of) > stock.limit_seconds * 1000;
  const worst = { name: 'stock', state: 'synced', last_success_at: stock.as_of };
  return old ? { tone: 'caution', worst, loading: false } : found;
}

function judgeStreams(streams: readonly Stream[], now: number): Freshness {
  const age = (stream: Stream): number =>
    stream.last_success_at ? now - Date.parse(stream.last_success_at) : Number.POSITIVE_INFINITY;
  const broken = streams.find((stream) => stream.state === 'failed' || stream.state === 'paused');
  const late = (stream: Stream): number => age(stream) - (SLOW_MS[stream.name] ?? STALE_MS);
  const worst = broken ?? [...streams].sort((a, b) => late(b) - late(a))[0] ?? null;
  if (broken) return { tone: 'critical', worst, loading: false };
  if (worst?.first_load && !worst.first_load.done_at) return { tone: 'neutral', worst, loading: true };
  return { tone: worst && late(worst) > 0 ? 'caution' : 'positive', worst, loading: false };
}

export function FreshnessChip(): JSX.Element | null {
  const { t, i18n } = useTranslation(['common', 'status']);
  const workspace = useWorkspace();
  const format = useFormats();
  const now = useNow(30_000);
  const live = useLiveState();
  const [open, setOpen] = useState(false);
  const may = useMay('connection.read');
  const sync = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/sync',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may, refetchInterval: 60_000 },
  );
  const pathname = useLocation({ select: (location) => location.pathname });
  const mayOrders = useMay('orders.read');
  const stockAge = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/stock-age',
    { params: { path: { workspace: workspace.slug } } },
    {
      enabled: may && mayOrders && workspace.modules.includes('supply') && COUNTS_ON_STOCK.test(pathname),
      refetchInterval: 60_000,
    },
  );
  if (!may) return null;
  const stock = COUNTS_ON_STOCK.test(pathname) ? (stockAge.data ?? null) : null;
  const streams = sync.data?.streams ?? [];
  const { tone, worst, loading } = judge(streams, now, stock);
  const name = worst ? t(`status:stream.${worst.name}`, { defaultValue: worst.name }) : '';
  const words = !sync.data
    ? t(sync.isError ? 'fresh.unknown' : 'fresh.asking')
    : !worst
      ? t('fresh.none')
      : loading
        ? t('fresh.loading')
        : tone === 'critical'
          ? t(`fresh.${worst.state === 'paused' ? 'paused' : 'failed'}`, { name })
          : tone === 'caution'
            ? t('fresh.stale', { name, age: format.age(worst.last_success_at, now) })
            : stock?.as_of
              ? t('fresh.syncedStock', {
                  age: format.age(worst.last_success_at, now),
                  stock: format.age(stock.as_of, now),
                })
              : t('fresh.synced', { age: format.age(worst.last_success_at, now) });
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className="chip"
          onClick={() => setOpen(!open)}
          aria-label={t('fresh.label', { words })}
        >
          <span
            className={`chip-dot chip-dot-${live === 'paused' && tone === 'positive' ? 'caution' : tone}`}
          />
          <span className="chip-words">{live === 'paused' ? t('fresh.livePaused') : words}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <dl className="chip-list">
          {streams.length === 0 ? <dd>{t('fresh.noneText')}</dd> : null}
          {streams.map((stream) => (
            <div key={`${stream.connection_id}-${stream.name}`}>
              <dt>
                {t(`status:stream.${stream.name}`, { defaultValue: stream.name })}
                {' · '}
                {t(`status:streamState.${stream.state}`)}
              </dt>
              <dd>
                {stream.last_success_at
                  ? t('fresh.last', { at: format.dateTime(stream.last_success_at) })
                  : t('fresh.never')}
                {stream.next_due_at ? ` ${t('fresh.next', { at: format.time(stream.next_due_at) })}` : ''}
              </dd>
              {i18n.exists(`status:streamDelay.${stream.name}`) ? (
                <dd className="label">{t(`status:streamDelay.${stream.name}`)}</dd>
              ) : null}
              {stream.last_error ? (
                <dd className="tone-critical">
                  {t(`status:streamError.${stream.last_error.code}`, {
                    defaultValue: stream.last_error.detail,
                  })}
                </dd>
              ) : null}
            </div>
          ))}
          {(sync.data?.files ?? []).map((file) => (
            <div key={file.kind}>
              <dt>{t(`fresh.file.${file.kind}`)}</dt>
              <dd>
                {file.last_success_at
                  ? t('fresh.loaded', { at: format.dateTime(file.last_success_at) })
                  : t('fresh.neverLoaded')}
                {file.as_of ? ` ${t('fresh.counted', { at: format.dateTime(file.as_of) })}` : ''}
              </dd>
              <dd className="label">{t('fresh.byFile')}</dd>
            </div>
          ))}
          <dd>{t(live === 'live' ? 'fresh.liveOn' : 'fresh.liveOff')}</dd>
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
