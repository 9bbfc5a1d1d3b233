/** The inbox: what needs its reader, grouped by what it is about, each with what can be done about it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { capital, isMessage, useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Age } from '~/ui/Clock';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import './inbox.css';

export const BOXES = ['open', 'snoozed', 'done'] as const;
export type Box = (typeof BOXES)[number];
type Group = Schemas['NotificationGroup'];
type Item = Schemas['NotificationItem'];

/** What has a page to be dealt with on. */
const LEADS: ReadonlySet<string> = new Set([
  'order',
  'exception',
  'import',
  'stock',
  'connection',
  'rule',
  'export',
  'user',
  'access_request',
]);
const HOUR_MS = 3_600_000;

/** Eight o'clock tomorrow, by the reader's own clock. */
function tomorrow(): string {
  const at = new Date();
  at.setDate(at.getDate() + 1);
  at.setHours(8, 0, 0, 0);
  return at.toISOString();
}

export function Inbox({ box, onBox }: { box: Box; onBox(box: Box): void }): JSX.Element {
  const { t } = useTranslation(['teamwork', 'common']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug };
  const [at, setAt] = useState(0);
  const [muted, setMuted] = useState(false);
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/notifications',
    { params: { path, query: { box } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const groups = list.data?.pages.flatMap((page) => page.groups) ?? [];
  const done = (): Promise<void> =>
    queryClient.invalidateQueries({
      predicate: (query) => String(query.queryKey[1]).includes('/notifications'),
    });
  const params = { params: { path } };
  const read = useMutation({
    mutationFn: (body: Schemas['NotificationReadIn']) =>
      client.POST('/api/v1/{workspace}/notifications/readings', { ...params, body }),
    onSuccess: done,
  });
  const snooze = useMutation({
    mutationFn: (body: Schemas['NotificationSnoozeIn']) =>
      client.POST('/api/v1/{workspace}/notifications/snoozes', { ...params, body }),
    onSuccess: done,
  });
  const mute = useMutation({
    mutationFn: (cause: string) =>
      client.POST('/api/v1/{workspace}/notifications/mutes', { ...params, body: { cause, muted: true } }),
    onSuccess: () => {
      setMuted(true);
      return done();
    },
  });
  const failed = read.isError || snooze.isError || mute.isError;
  const ids = (group: Group): string[] => group.items.map((item) => item.id);
  const current = groups[Math.min(at, groups.length - 1)];
  const open = (group: Group | undefined): void => {
    if (!group) return;
    read.mutate({ ids: ids(group), read: true });
    if (group.object_type === 'order')
      void navigate({
        to: '/$workspace/supply/orders/$orderId',
        params: { ...path, orderId: group.object_id },
      });
    if (group.object_type === 'exception')
      void navigate({
        to: '/$workspace/supply/exceptions',
        params: path,
        search: { exception: group.object_id },
      });
    if (group.object_type === 'import')
      void navigate({
        to: '/$workspace/administration/catalog',
        params: path,
        search: { tab: 'imports', import: group.object_id },
      });
    if (group.object_type === 'rule')
      void navigate({ to: '/$workspace/supply/rules', params: path, search: { rule: group.object_id } });
    if (group.object_type === 'stock')
      void navigate({
        to: '/$workspace/administration/catalog',
        params: path,
        search: { tab: 'imports' },
      });
    if (group.object_type === 'connection')
      void navigate({ to: '/$workspace/administration/connections', params: path });
    if (group.object_type === 'export')
      void navigate({ to: '/$workspace/administration/privacy', params: path });
    if (group.object_type === 'user')
      void navigate({ to: '/$workspace/administration/profile', params: path });
    if (group.object_type === 'access_request')
      void navigate({ to: '/$workspace/administration/people', params: path });
  };
  useKeys([
    { keys: 'j', label: 'keys.next', run: () => setAt(Math.min(at + 1, groups.length - 1)) },
    { keys: 'k', label: 'keys.previous', run: () => setAt(Math.max(at - 1, 0)) },
    { keys: 'o', label: 'keys.open', run: () => open(current) },
    {
      keys: 'u',
      label: 'keys.read',
      run: () => current && read.mutate({ ids: ids(current), read: current.unread > 0 }),
    },
    {
      keys: 's',
      label: 'keys.snoozeTomorrow',
      run: () => current && snooze.mutate({ ids: ids(current), until: tomorrow() }),
    },
  ]);
  return (
    <>
      <PageHeader
        title={t('inbox.title')}
        aside={
          <Link to="/$workspace/administration/profile" params={path}>
            {t('inbox.manage')}
          </Link>
        }
      />
      <p className="quiet form-lead">{t('inbox.answers')}</p>
      <div className="cluster">
        <Segmented<Box>
          label={t('inbox.boxes')}
          value={box}
          onChange={onBox}
          segments={BOXES.map((value) => ({ value, label: t(`inbox.box.${value}`) }))}
        />
        {box === 'open' && groups.some((group) => group.unread > 0) ? (
          <Button busy={read.isPending} onClick={() => read.mutate({ read: true })}>
            {t('inbox.readAll')}
          </Button>
        ) : null}
      </div>
      <div className="stack form-note">
        {failed ? <Notice tone="critical">{t('inbox.failed')}</Notice> : null}
        {muted ? <Notice tone="neutral">{t('inbox.muted')}</Notice> : null}
        {list.isError ? (
          <FailedState what={t('inbox.title')} error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isPending ? (
          <SkeletonCard lines={8} />
        ) : groups.length === 0 ? (
          <div className="card">
            <EmptyState title={t(`inbox.empty.${box}`)}>
              <p>{t('inbox.emptyText')}</p>
            </EmptyState>
          </div>
        ) : (
          <section className="card flush" aria-label={t('inbox.title')}>
            {groups.map((group, index) => (
              <div
                key={`${group.object_type}/${group.object_id}/${group.items[0]?.id}`}
                className="inbox-group"
                data-on={group === current || undefined}
              >
                <div className="inbox-head">
                  {group.unread > 0 ? (
                    <span className="inbox-dot" role="img" aria-label={t('inbox.unreadMark')} />
                  ) : null}
                  <span className="label">
                    {t(`object.${group.object_type}`, { defaultValue: group.object_type })}
                  </span>
                  {group.object_type === 'order' ? (
                    <Link
                      className="mono"
                      to="/$workspace/supply/orders/$orderId"
                      params={{ ...path, orderId: group.object_id }}
                      onClick={() => read.mutate({ ids: ids(group), read: true })}
                    >
                      {group.label}
                    </Link>
                  ) : group.object_type === 'exception' ? (
                    <Link
                      className="mono"
                      to="/$workspace/supply/exceptions"
                      params={path}
                      search={{ exception: group.object_id }}
                      onClick={() => read.mutate({ ids: ids(group), read: true })}
                    >
                      {group.label}
                    </Link>
                  ) : (
                    <b>{group.label}</b>
                  )}
                </div>
                {group.items.map((item) => (
                  <div key={item.id} className="inbox-item">
                    <Words item={item} />
                    <span className="inbox-acts">
                      {LEADS.has(group.object_type) && box !== 'done' ? (
                        <Button quiet onClick={() => open(group)}>
                          {t(item.action === 'fix' ? 'inbox.fix' : 'inbox.open')}
                        </Button>
                      ) : null}
                      <Button quiet onClick={() => read.mutate({ ids: [item.id], read: !item.read })}>
                        {t(item.read ? 'inbox.unread' : 'inbox.read')}
                      </Button>
                      {box === 'open' ? (
                        <>
                          <Button
                            quiet
                            onClick={() =>
                              snooze.mutate({
                                ids: [item.id],
                                until: new Date(Date.now() + HOUR_MS).toISOString(),
                              })
                            }
                          >
                            {t('inbox.hour')}
                          </Button>
                          <Button quiet onClick={() => snooze.mutate({ ids: [item.id], until: tomorrow() })}>
                            {t('inbox.tomorrow')}
                          </Button>
                          <Button quiet onClick={() => mute.mutate(item.cause)}>
                            {t('inbox.mute')}
                          </Button>
                        </>
                      ) : null}
                      {box === 'snoozed' ? (
                        <Button quiet onClick={() => snooze.mutate({ ids: [item.id], until: null })}>
                          {t('inbox.back')}
                        </Button>
                      ) : null}
                    </span>
                  </div>
                ))}
                {index === groups.length - 1 && list.hasNextPage ? (
                  <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {t('inbox.more')}
                  </Button>
                ) : null}
              </div>
            ))}
          </section>
        )}
        <Mutes />
      </div>
    </>
  );
}

function Words({ item }: { item: Item }): JSX.Element {
  const { t } = useTranslation(['teamwork', 'exceptions', 'common', 'catalogue']);
  const format = useFormats();
  const message = useMessage();
  const about = typeof item.facts.about === 'string' ? item.facts.about : null;
  const text = typeof item.facts.text === 'string' ? item.facts.text : null;
  const by = typeof item.facts.by === 'string' ? item.facts.by : 'OKTee';
  // The reasons of an order are messages; those of a parked feed are words of ours, told with its figures.
  const given: unknown[] = Array.isArray(item.facts.reasons) ? item.facts.reasons : [];
  const reasons = given.filter(isMessage);
  const figure = (name: string): string => format.count(Number(item.facts[name]) || 0);
  const parked = [
    given.includes('removed')
      ? t('catalogue:parked.removed', { removed: figure('removed'), skus: figure('skus') })
      : null,
    given.includes('moved')
      ? t('catalogue:parked.moved', { before: figure('stock_before'), after: figure('stock_after') })
      : null,
  ].filter((each) => each !== null);
  const more = typeof item.facts.more === 'number' && item.facts.more > 0 ? ` (+${item.facts.more})` : '';
  const state = typeof item.facts.state === 'string' ? item.facts.state : 'done';
  const version = typeof item.facts.version === 'number' ? format.count(item.facts.version) : '';
  const values = { by, version, products: item.facts.products };
  const said = t(`notice.${item.notice}_${state}`, {
    ...values,
    defaultValue: t(`notice.${item.notice}`, values),
  });
  return (
    <span className="inbox-words">
      {item.read ? said : <b>{said}</b>}
      {about ? (
        <span className="quiet"> · {t(`exceptions:cause.${about}`, { defaultValue: about })}</span>
      ) : null}
      {reasons.map((reason) => (
        <span key={reason.message} className="quiet">
          {' · '}
          {capital(message(reason), reason)}
          {more}
        </span>
      ))}
      {parked.length > 0 ? <span className="quiet"> · {parked.join(' ')}</span> : null}
      <span className="label">
        {' · '}
        <Age at={item.at} />
        {item.times > 1 ? ` · ${t('inbox.times', { count: item.times })}` : null}
        {item.due_at && !item.resolved
          ? ` · ${
              typeof item.facts.deadline === 'string'
                ? t('inbox.dueRush', {
                    own: format.dateTime(item.due_at),
                    at: format.dateTime(item.facts.deadline),
                  })
                : t('inbox.due', { at: format.dateTime(item.due_at) })
            }`
          : null}
        {item.instead_of ? ` · ${t('inbox.for', { name: item.instead_of })}` : null}
        {item.snoozed_until && Date.parse(item.snoozed_until) > Date.now()
          ? ` · ${t('inbox.until', { at: format.dateTime(item.snoozed_until) })}`
          : null}
      </span>
      {text ? <q className="inbox-text">{text}</q> : null}
    </span>
  );
}

/** What its reader wants to hear no more of, with the way back. */
function Mutes(): JSX.Element | null {
  const { t } = useTranslation(['teamwork', 'trace']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const params = { params: { path: { workspace: workspace.slug } } };
  const { data } = api.useQuery('get', '/api/v1/{workspace}/notifications/mutes', params);
  const back = useMutation({
    mutationFn: (cause: string) =>
      client.POST('/api/v1/{workspace}/notifications/mutes', { ...params, body: { cause, muted: false } }),
    onSuccess: () =>
      queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/notifications'),
      }),
  });
  if (!data || data.causes.length === 0) return null;
  const words = (cause: string): string => {
    const [notice = '', reason] = cause.split(':');
    const said = t(`notice.${notice}`, { by: 'OKTee', defaultValue: notice });
    const topic = reason?.split('.')[1];
    return topic ? `${said} · ${t(`trace:topic.${topic}`, { defaultValue: topic })}` : said;
  };
  return (
    <section className="card" aria-label={t('inbox.mutes')}>
      <div className="head">
        <h2>{t('inbox.mutes')}</h2>
      </div>
      {data.causes.map(({ cause }) => (
        <div key={cause} className="inbox-item">
          <span>{words(cause)}</span>
          <Button quiet busy={back.isPending} onClick={() => back.mutate(cause)}>
            {t('inbox.unmute')}
          </Button>
        </div>
      ))}
    </section>
  );
}
