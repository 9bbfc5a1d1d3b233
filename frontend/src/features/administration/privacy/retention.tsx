/** How long each class is kept, what would go now, shorter limits; and orders that a case keeps. */
import { NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';

export function Retention(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const found = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/retention', {
    params: { path: { workspace: workspace.slug } },
  });
  if (found.isError) {
    return (
      <FailedState what={t('retention.title')} error={found.error} onRetry={() => void found.refetch()} />
    );
  }
  if (found.isPending) return <SkeletonCard lines={6} />;
  return (
    <Card
      title={t('retention.title')}
      aside={t('retention.asOf', { at: format.dateTime(found.data.as_of) })}
      flush
    >
      <div className="table-scroll">
        <table className="plain-table privacy-table">
          <caption className="visually-hidden">{t('retention.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('retention.class')}</th>
              <th scope="col">{t('retention.limit')}</th>
              <th scope="col" className="num">
                {t('retention.due')}
              </th>
              <th scope="col" className="num">
                {t('retention.held')}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.data.rows.map((row) => (
              <Limit key={row.retention} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Limit({ row }: { row: Schemas['RetentionRow'] }): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [days, setDays] = useState<number | string>(row.days);
  const save = useMutation({
    mutationFn: () =>
      client.PUT('/api/v1/{workspace}/administration/privacy/retention/{retention_class}', {
        params: { path: { workspace: workspace.slug, retention_class: row.retention } },
        body: { days: Number(days) },
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  const due = Object.entries(row.due);
  const sum = due.reduce((all, [, rows]) => all + rows, 0);
  const right = Number(days) >= row.least_days && Number(days) <= row.shipped_days;
  return (
    <tr>
      <td>
        {t(`retentionText.${row.retention}`, { defaultValue: row.text })}
        <br />
        <span className="label mono">{row.tables.join(', ')}</span>
      </td>
      <td data-label={t('retention.limit')}>
        <form
          className="privacy-actions"
          onSubmit={(event) => {
            event.preventDefault();
            if (right) save.mutate();
          }}
        >
          <NumberInput
            aria-label={t('retention.days', { what: row.retention })}
            value={days}
            min={row.least_days}
            max={row.shipped_days}
            allowDecimal={false}
            w={110}
            onChange={setDays}
            error={right ? null : t('retention.range', { least: row.least_days, most: row.shipped_days })}
          />
          {Number(days) === row.days ? null : (
            <Button
              type="submit"
              busy={save.isPending}
              reason={right ? null : t('retention.range', { least: row.least_days, most: row.shipped_days })}
            >
              {t('retention.save')}
            </Button>
          )}
        </form>
        {row.days === row.shipped_days ? null : (
          <span className="label">{t('retention.shipped', { count: row.shipped_days })}</span>
        )}
        {save.isError ? (
          <Notice tone="critical">{problems.text(save.error, t('retention.failed'))}</Notice>
        ) : null}
      </td>
      <td className="num" data-label={t('retention.due')}>
        {format.count(sum)}
        {due.map(([table, rows]) => (
          <span key={table} className="label">
            <br />
            <span className="mono">{table}</span> {format.count(rows)}
          </span>
        ))}
      </td>
      <td className="num" data-label={t('retention.held')}>
        {format.count(row.held)}
      </td>
    </tr>
  );
}

export function Holds(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug };
  const [order, setOrder] = useState('');
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState('');
  const holds = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/holds', { params: { path } });
  const place = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/administration/privacy/holds', {
        params: { path },
        body: { po_number: order.trim(), reason: reason.trim(), case_reference: reference.trim() || null },
      }),
    onSuccess: async () => {
      setOrder('');
      setReason('');
      setReference('');
      await queryClient.invalidateQueries();
    },
  });
  const release = useMutation({
    mutationFn: (hold_id: string) =>
      client.POST('/api/v1/{workspace}/administration/privacy/holds/{hold_id}/release', {
        params: { path: { ...path, hold_id } },
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  const whole = order.trim() !== '' && reason.trim().length >= 3;
  return (
    <Card title={t('hold.title')}>
      <p className="label">{t('hold.text')}</p>
      <form
        className="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (whole) place.mutate();
        }}
      >
        <TextInput
          label={t('hold.order')}
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value)}
          error={
            place.error instanceof ApiProblem && place.error.status === 422 ? t('hold.unknownOrder') : null
          }
        />
        <TextInput
          label={t('hold.reason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={t('hold.case')}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
        <Button type="submit" busy={place.isPending} reason={whole ? null : t('hold.incomplete')}>
          {t('hold.place')}
        </Button>
      </form>
      {holds.data?.rows.length === 0 ? <EmptyState title={t('hold.none')} /> : null}
      <ul className="plain-list">
        {(holds.data?.rows ?? []).map((hold) => (
          <li key={hold.id} className="form-row">
            <span>
              <span className="mono">{hold.po_number}</span> · {hold.reason}
              {hold.case_reference ? ` · ${hold.case_reference}` : ''}
              <br />
              <span className="label">
                {t('hold.by', { who: hold.placed_by ?? '–', at: format.date(hold.placed_at) })}
              </span>
            </span>
            {hold.released_at ? (
              <Tag tone="neutral">{t('hold.released', { at: format.date(hold.released_at) })}</Tag>
            ) : (
              <Button busy={release.isPending} onClick={() => release.mutate(hold.id)}>
                {t('hold.release')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
