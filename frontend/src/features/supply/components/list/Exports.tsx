/** The exports drawer: what is on screen as a file, and one's own files with their progress and their end. */
import { Drawer } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useLayer } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { EmptyState, FailedState, Notice } from '~/ui/states';
import './list.css';

type File = Schemas['ListExportOut'];

export interface Wish {
  what: 'orders' | 'lines';
  format: 'csv' | 'xlsx' | 'ndjson';
  style: 'shown' | 'raw';
}

export function ExportsDrawer({
  opened,
  onClose,
  about,
  of = 'orders',
  lines,
  onStart,
}: {
  opened: boolean;
  onClose(): void;
  /** What would be exported, in words. */
  about: string;
  /** Of one order only its lines; of the event log and of exceptions: no lines; of the log no spreadsheet. */
  of?: 'orders' | 'lines' | 'events' | 'exceptions';
  /** Opened for the lines; the orders can still be chosen. */
  lines?: boolean;
  onStart(wish: Wish): Promise<unknown>;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  useLayer(opened, onClose);
  const problems = useProblems();
  const workspace = useWorkspace();
  const [what, setWhat] = useState<Wish['what']>('orders');
  const [form, setForm] = useState<Wish['format']>('csv');
  const [style, setStyle] = useState<Wish['style']>('shown');
  useEffect(() => {
    if (opened) setWhat(lines ? 'lines' : 'orders');
  }, [opened, lines]);
  const chosen = of === 'lines' ? 'lines' : what;
  const list = api.useQuery(
    'get',
    '/api/v1/{workspace}/exports',
    { params: { path: { workspace: workspace.slug } } },
    {
      enabled: opened,
      refetchInterval: (query) =>
        query.state.data?.rows.some((row) => row.state === 'queued' || row.state === 'running')
          ? 2000
          : false,
    },
  );
  const start = useMutation({
    mutationFn: () => onStart({ what: chosen, format: form, style }),
    onSettled: () => list.refetch(),
  });
  const pick = <Value extends string>(
    label: string,
    value: Value,
    options: Value[],
    words: (option: Value) => string,
    change: (next: Value) => void,
  ): JSX.Element => (
    <label>
      {label}
      <select className="select" value={value} onChange={(event) => change(event.target.value as Value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {words(option)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      closeOnEscape={false}
      size={440}
      title={t('export.title')}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
      transitionProps={{ duration: 120 }}
    >
      <div className="exports">
        <h3>{t('export.new')}</h3>
        <p>{about}</p>
        <p className="label">{t('export.lead')}</p>
        <div className="exports-form">
          {of !== 'orders'
            ? null
            : pick(t('export.what'), chosen, ['orders', 'lines'], (one) => t(`export.${one}`), setWhat)}
          {pick(
            t('export.format'),
            form,
            of === 'events' ? ['csv', 'ndjson'] : ['csv', 'xlsx'],
            (one) => t(`export.${one}`),
            setForm,
          )}
          {pick(t('export.style'), style, ['shown', 'raw'], (one) => t(`export.${one}`), setStyle)}
          <Button primary busy={start.isPending} onClick={() => start.mutate()}>
            {t('export.start')}
          </Button>
        </div>
        {start.isError ? <Notice tone="critical">{problems.text(start.error)}</Notice> : null}
        <h3>{t('export.mine')}</h3>
        {list.isError ? (
          <FailedState
            compact
            what={t('export.mine')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        ) : list.data?.rows.length === 0 ? (
          <EmptyState title={t('export.none')} />
        ) : (
          <ul className="exports-list">
            {list.data?.rows.map((row) => (
              <FileRow key={row.id} row={row} onChanged={() => void list.refetch()} />
            ))}
          </ul>
        )}
      </div>
    </Drawer>
  );
}

function FileRow({ row, onChanged }: { row: File; onChanged(): void }): JSX.Element {
  const { t } = useTranslation('lists');
  const format = useFormats();
  const workspace = useWorkspace();
  const open = row.state === 'queued' || row.state === 'running';
  const end = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/exports/{export_id}', {
        params: { path: { workspace: workspace.slug, export_id: row.id } },
      }),
    onSettled: onChanged,
  });
  const kind = t(`export.kind.${row.kind as 'orders'}`);
  return (
    <li>
      <div className="exports-row">
        <b>{kind}</b>
        <span className="mono">{row.format.toUpperCase()}</span>
        <span className="label">{format.dateTime(row.created_at)}</span>
      </div>
      {row.words ? <p className="label">{row.words}</p> : null}
      {open ? (
        <progress aria-label={kind} {...(row.total ? { value: row.done, max: row.total } : {})} />
      ) : null}
      <div className="exports-row">
        <span>
          {row.state === 'done'
            ? t('export.rows', { count: row.rows ?? 0 })
            : t(`export.state.${row.state as 'queued'}`)}
        </span>
        {row.state === 'done' ? (
          <>
            <a href={`/api/v1/${workspace.slug}/exports/${row.id}/file`} download>
              {t('export.download')}
            </a>
            {row.expires_at ? (
              <span className="label">{t('export.expires', { at: format.date(row.expires_at) })}</span>
            ) : null}
          </>
        ) : null}
        {open || row.state === 'done' ? (
          <Button quiet busy={end.isPending} onClick={() => end.mutate()}>
            {t(open ? 'export.cancel' : 'export.remove')}
          </Button>
        ) : null}
      </div>
    </li>
  );
}
