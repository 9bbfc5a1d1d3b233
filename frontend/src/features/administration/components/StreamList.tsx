/** What flows through a connection: the state of each stream, how far the first load is, and fetching at once. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Progress } from '~/ui/Progress';
import { Tag, type Tone } from '~/ui/Status';

type Connection = Schemas['Connection'];
const ENDED: ReadonlySet<string> = new Set(['revoked', 'disconnected']);
type Stream = Schemas['StreamRow'];

const TONES: Record<string, Tone> = {
  queued: 'neutral',
  running: 'progress',
  synced: 'positive',
  rate_limited: 'caution',
  failed: 'critical',
  paused: 'neutral',
};
const FIRST_LOAD_POLL_MS = 2000;

export function StreamList({ connection }: { connection: Connection }): JSX.Element {
  const { t } = useTranslation(['administration', 'status']);
  const format = useFormats();
  const workspace = useWorkspace();
  // The stream of events tells of changes; while a first load runs, a poll also moves its bar.
  const sync = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/sync',
    { params: { path: { workspace: workspace.slug } } },
    {
      refetchInterval: (query) =>
        query.state.data?.streams.some((stream) => stream.first_load && !stream.first_load.done_at)
          ? FIRST_LOAD_POLL_MS
          : 60_000,
    },
  );
  const live = sync.data?.streams.filter((stream) => stream.connection_id === connection.id);
  const streams = live && live.length > 0 ? live : connection.streams;
  if (streams.length === 0) return <p className="label form-note">{t('streams.none')}</p>;
  return (
    <div className="streams">
      <h2>{t('streams.title')}</h2>
      {(sync.data?.circuits ?? [])
        .filter((circuit) => circuit.connection_id === connection.id)
        .map((circuit) => (
          <p key={circuit.family} className="tone-critical strong">
            {t('streams.circuit', {
              api: t(`status:amazonApi.${circuit.family}`, { defaultValue: circuit.family }),
              time: format.time(circuit.since),
            })}
          </p>
        ))}
      <ul>
        {streams.map((stream) => (
          <StreamRow key={stream.name} stream={stream} ended={ENDED.has(connection.status)} />
        ))}
      </ul>
    </div>
  );
}

/** Of a connection that has ended: what it brought; it fetches nothing any more, and the card says why. */
function StreamRow({ stream, ended }: { stream: Stream; ended: boolean }): JSX.Element {
  const { t } = useTranslation(['administration', 'status']);
  const format = useFormats();
  const now = useNow(30_000);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('sync.run');
  const fetchNow = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/administration/sync/{connection_id}/{stream}/runs', {
        params: {
          path: { workspace: workspace.slug, connection_id: stream.connection_id, stream: stream.name },
        },
      }),
    onSuccess: () =>
      queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/administration/sync'),
      }),
  });
  const load = stream.first_load;
  const loading = !ended && load !== null && load.done_at === null;
  const state = ended ? 'paused' : stream.state;
  return (
    <li className="stream">
      <span className="stream-name strong">
        {t(`status:stream.${stream.name}`, { defaultValue: stream.name })}
      </span>
      <Tag tone={TONES[state] ?? 'neutral'}>{t(`status:streamState.${state}`)}</Tag>
      <span className="label stream-facts">
        {stream.last_success_at ? format.age(stream.last_success_at, now) : t('streams.never')}
        {!ended && stream.next_due_at
          ? ` · ${t('streams.next', { at: format.time(stream.next_due_at) })}`
          : ''}
        {' · '}
        {t('streams.items', {
          seen: format.count(stream.items_seen),
          changed: format.count(stream.items_changed),
        })}
      </span>
      {ended ? null : (
        <Button quiet reason={denied} busy={fetchNow.isPending} onClick={() => fetchNow.mutate()}>
          {t('streams.fetch')}
        </Button>
      )}
      {loading ? (
        <div className="stream-load">
          <Progress
            share={load.windows_total === 0 ? 0 : load.windows_done / load.windows_total}
            done={false}
            label={t('streams.firstLoad')}
          />
          <p className="label">
            {t('streams.firstLoadText', {
              items: format.count(load.items),
              done: format.count(load.windows_done),
              total: format.count(load.windows_total),
              since: format.date(load.since),
            })}
          </p>
        </div>
      ) : null}
      {stream.swept_at && !ended ? (
        <p className={`stream-load ${stream.drift ? 'tone-caution' : 'label'}`}>
          {t('streams.swept', {
            at: format.dateTime(stream.swept_at),
            since: format.date(stream.swept_since),
          })}{' '}
          {stream.drift ? t('streams.drift', { count: stream.drift }) : t('streams.noDrift')}
        </p>
      ) : null}
      {stream.last_error && !ended ? (
        <p className="stream-load tone-critical">
          {t(`status:streamError.${stream.last_error.code}`, { defaultValue: stream.last_error.detail })}
        </p>
      ) : null}
    </li>
  );
}
