/** Exports: everything, or everything about one person, as an encrypted zip; and the deletions asked for so far. */
import { PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { Progress } from '~/ui/Progress';
import { Tag, type Tone } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { asked, EVERYTHING, ExportChoice } from './export_choice';

type Export = Schemas['ExportRow'];

const TONES: Record<Export['state'] | 'waiting' | 'purging', Tone> = {
  queued: 'progress',
  running: 'progress',
  ready: 'positive',
  failed: 'critical',
  cancelled: 'neutral',
  expired: 'neutral',
  waiting: 'caution',
  purging: 'critical',
};

export function ExportDialog({
  opened,
  onClose,
  onMade,
  subject = null,
}: {
  opened: boolean;
  onClose(): void;
  onMade?(): void;
  /** Somebody it is about; null: everything. */
  subject?: string | null;
}): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [own, setOwn] = useState('');
  const [choice, setChoice] = useState(EVERYTHING);
  const make = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/privacy/exports', {
        params: { path: { workspace: workspace.slug } },
        body: { passphrase: own || null, subject, ...asked(choice) },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onMade?.();
    },
  });
  const short = own !== '' && own.length < 16;
  const close = () => {
    setOwn('');
    setChoice(EVERYTHING);
    make.reset();
    onClose();
  };
  const nothing =
    choice.categories.length === 0
      ? t('export.noKind')
      : choice.formats.length === 0
        ? t('export.noFormat')
        : null;
  const shown = make.data?.passphrase;
  return (
    <Dialog
      title={t(subject ? 'export.subjectTitle' : 'export.title', { subject })}
      opened={opened}
      onClose={close}
      footer={
        make.isSuccess ? (
          <Button primary onClick={close}>
            {t('common:action.close')}
          </Button>
        ) : (
          <>
            <Button onClick={close}>{t('common:action.cancel')}</Button>
            <Button
              primary
              reason={nothing ?? (short ? t('export.short') : null)}
              busy={make.isPending}
              onClick={() => make.mutate()}
            >
              {t('export.make')}
            </Button>
          </>
        )
      }
    >
      {make.isSuccess ? (
        <>
          <p>{t('export.queued', { number: make.data.export.number })}</p>
          {shown ? (
            <>
              <p className="strong">{t('export.passphrase')}</p>
              <code className="mono privacy-secret">{shown}</code>
              <p className="label">{t('export.once')}</p>
            </>
          ) : null}
        </>
      ) : (
        <>
          <p>{t(subject ? 'export.subjectText' : 'export.text')}</p>
          <p className="label">{t('export.withheld')}</p>
          {subject ? null : <ExportChoice choice={choice} onChange={setChoice} />}
          <PasswordInput
            label={t('export.own')}
            description={t('export.ownText')}
            value={own}
            autoComplete="new-password"
            error={short ? t('export.short') : null}
            onChange={(event) => setOwn(event.currentTarget.value)}
          />
          {make.isError ? (
            <Notice tone="critical">{problems.text(make.error, t('export.failed'))}</Notice>
          ) : null}
        </>
      )}
    </Dialog>
  );
}

export function Requests(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const params = { params: { path: { workspace: workspace.slug } } };
  const exports_ = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/exports', params, {
    refetchInterval: (query) =>
      query.state.data?.rows.some((row) => row.state === 'queued' || row.state === 'running') ? 2000 : false,
  });
  const deletions = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/deletions', params);
  return (
    <>
      <Card title={t('export.list')} flush>
        {exports_.isError ? (
          <FailedState
            what={t('export.list')}
            error={exports_.error}
            onRetry={() => void exports_.refetch()}
            compact
          />
        ) : exports_.isPending ? (
          <SkeletonCard lines={3} />
        ) : exports_.data.rows.length === 0 ? (
          <EmptyState title={t('export.none')}>{t('export.noneText')}</EmptyState>
        ) : (
          <div className="table-scroll">
            <table className="plain-table privacy-table">
              <caption className="visually-hidden">{t('export.list')}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('export.column.number')}</th>
                  <th scope="col">{t('export.column.state')}</th>
                  <th scope="col">{t('export.column.by')}</th>
                  <th scope="col" className="num">
                    {t('export.column.size')}
                  </th>
                  <th scope="col">{t('export.column.until')}</th>
                  <th scope="col">{t('export.column.checksum')}</th>
                  <th scope="col">
                    <span className="visually-hidden">{t('export.column.actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {exports_.data.rows.map((row) => (
                  <ExportLine key={row.id} row={row} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {deletions.data && deletions.data.rows.length > 0 ? (
        <Card title={t('deletion.list')} flush>
          <div className="table-scroll">
            <table className="plain-table privacy-table">
              <caption className="visually-hidden">{t('deletion.list')}</caption>
              <tbody>
                {deletions.data.rows.map((row) => (
                  <tr key={row.id}>
                    <td>{t('deletion.number', { number: row.number })}</td>
                    <td>
                      <Tag tone={TONES[row.state]}>{t(`deletion.state.${row.state}`)}</Tag>
                    </td>
                    <td>
                      {t('deletion.by', {
                        who: row.requested_by ?? '–',
                        at: format.dateTime(row.requested_at),
                      })}
                    </td>
                    <td>
                      {row.cancelled_at
                        ? t('deletion.cancelledBy', {
                            who: row.cancelled_by ?? '–',
                            at: format.dateTime(row.cancelled_at),
                          })
                        : t('deletion.at', { at: format.dateTime(row.purge_at) })}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      ) : null}
    </>
  );
}

function ExportLine({ row }: { row: Export }): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug, export_id: row.id };
  const download = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST(
        '/api/v1/{workspace}/administration/privacy/exports/{export_id}/links',
        { params: { path } },
      );
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const end = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/privacy/exports/{export_id}', { params: { path } }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  const open = row.state === 'queued' || row.state === 'running';
  return (
    <tr>
      <td>
        {t('export.number', { number: row.number })}
        <br />
        <span className="label">
          {row.subject
            ? t('export.about')
            : row.categories
              ? row.categories.map((category) => t(`category.${category}`)).join(', ')
              : t('export.everything')}
        </span>
      </td>
      <td>
        <Tag tone={TONES[row.state]}>{t(`export.state.${row.state}`)}</Tag>
        {open && row.total ? (
          <Progress
            share={row.done / row.total}
            done={false}
            label={t('export.progress', { done: row.done, total: row.total })}
          />
        ) : null}
      </td>
      <td data-label={t('export.column.by')}>
        {row.requested_by ?? '–'}, {format.dateTime(row.requested_at)}
      </td>
      <td className="num" data-label={t('export.column.size')}>
        {row.size === null ? '–' : format.size(row.size)}
        {row.rows === null ? null : (
          <>
            <br />
            <span className="label">{t('export.rows', { count: row.rows })}</span>
          </>
        )}
      </td>
      <td data-label={t('export.column.until')}>{row.expires_at ? format.dateTime(row.expires_at) : '–'}</td>
      <td data-label={t('export.column.checksum')}>
        {row.sha256 ? (
          <span className="mono" title={row.sha256}>
            {row.sha256.slice(0, 12)}…
          </span>
        ) : (
          '–'
        )}
      </td>
      <td>
        <span className="privacy-actions">
          {row.state === 'ready' ? (
            <Button busy={download.isPending} onClick={() => download.mutate()}>
              {t('export.download')}
            </Button>
          ) : null}
          {open || row.state === 'ready' ? (
            <Button quiet busy={end.isPending} onClick={() => end.mutate()}>
              {t(open ? 'export.cancel' : 'export.remove')}
            </Button>
          ) : null}
        </span>
        {download.isError ? <Notice tone="critical">{t('export.noLink')}</Notice> : null}
      </td>
    </tr>
  );
}
