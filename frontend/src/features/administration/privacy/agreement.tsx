/** Under which agreement data is processed, who accepted it, and who else touches it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';

function useAgreement() {
  const workspace = useWorkspace();
  return api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/privacy/dpa',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: useMay('privacy.manage') },
  );
}

/** Until the agreement is accepted nothing is processed: that stands on top of the page. */
export function AgreementNotice({ onRead }: { onRead(): void }): JSX.Element | null {
  const { t } = useTranslation('privacy');
  const found = useAgreement();
  if (!found.data || found.data.accepted_at) return null;
  return (
    <Notice tone="caution" action={<Button onClick={onRead}>{t('dpa.read')}</Button>}>
      {t('dpa.missing')}
    </Notice>
  );
}

export function Agreement(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const found = useAgreement();
  const accept = useMutation({
    mutationFn: (version: string) =>
      client.POST('/api/v1/{workspace}/administration/privacy/dpa/acceptances', {
        params: { path: { workspace: workspace.slug } },
        body: { version },
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  if (found.isError) {
    return <FailedState what={t('dpa.title')} error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (found.isPending) return <SkeletonCard lines={8} />;
  const dpa = found.data;
  const current = dpa.accepted_version === dpa.version;
  const file = `data:text/markdown;charset=utf-8,${encodeURIComponent(dpa.text)}`;
  return (
    <Card title={t('dpa.title')} aside={t('dpa.version', { version: dpa.version })} flush>
      <section className="privacy-agreement" aria-label={t('dpa.title')}>
        <Words text={dpa.text} />
      </section>
      <div className="privacy-agreement">
        <p className="privacy-actions">
          {current ? (
            <Tag tone="positive" glyph="check">
              {t('dpa.inForce')}
            </Tag>
          ) : (
            <Button busy={accept.isPending} onClick={() => accept.mutate(dpa.version)}>
              {t('dpa.accept', { version: dpa.version })}
            </Button>
          )}
          <a
            className="button button-plain"
            href={file}
            download={`oktee-dpa-${dpa.version}.${workspace.slug}.md`}
          >
            {t('dpa.download')}
          </a>
        </p>
        {accept.isError ? (
          <Notice tone="critical">{problems.text(accept.error, t('dpa.failed'))}</Notice>
        ) : null}
        <ul className="plain-list">
          {dpa.acceptances.map((row) => (
            <li key={`${row.version}-${row.accepted_at}`} className="label">
              {t(row.accepted_as === 'owner' ? 'dpa.acceptedBy' : 'dpa.acceptedByOperator', {
                version: row.version,
                who: row.accepted_by ?? '–',
                at: format.dateTime(row.accepted_at),
              })}{' '}
              <span className="mono" title={row.text_hash}>
                {row.text_hash.slice(0, 12)}…
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  );
}

/** Headings and paragraphs of the agreement's own text. */
export function Words({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line, index) =>
          line.startsWith('#') ? (
            <h3 key={index}>{line.replace(/^#+\s*/, '')}</h3>
          ) : (
            <p key={index}>{line}</p>
          ),
        )}
    </>
  );
}

export function SubProcessors(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const found = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/subprocessors', {
    params: { path: { workspace: workspace.slug } },
  });
  if (found.isError) {
    return (
      <FailedState what={t('processors.title')} error={found.error} onRetry={() => void found.refetch()} />
    );
  }
  if (found.isPending) return <SkeletonCard lines={4} />;
  return (
    <Card
      title={t('processors.title')}
      aside={t('processors.notice', { count: found.data.notice_days })}
      flush
    >
      {found.data.notices.map((notice) => (
        <Notice key={notice.id} tone="neutral">
          {t('processors.change', { at: format.date(notice.effective_at) })} <Changes notice={notice} />
        </Notice>
      ))}
      <ProcessorTable rows={found.data.rows} />
    </Card>
  );
}

export function ProcessorTable({ rows }: { rows: Schemas['SubProcessorRow'][] }): JSX.Element {
  const { t } = useTranslation('privacy');
  const format = useFormats();
  return (
    <div className="table-scroll">
      <table className="plain-table privacy-table">
        <caption className="visually-hidden">{t('processors.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('processors.name')}</th>
            <th scope="col">{t('processors.data')}</th>
            <th scope="col">{t('processors.region')}</th>
            <th scope="col">{t('processors.since')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>
                {row.name}
                <br />
                <span className="label">{row.purpose}</span>
              </td>
              <td data-label={t('processors.data')}>{row.data}</td>
              <td data-label={t('processors.region')}>{row.region}</td>
              <td data-label={t('processors.since')}>{format.date(row.since)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Changes({ notice }: { notice: Schemas['NoticeRow'] }): JSX.Element {
  const { t } = useTranslation('privacy');
  return (
    <>
      {notice.changes
        .map((change) => t(`processors.${change.change}`, { name: change.name, defaultValue: change.name }))
        .join(', ')}
    </>
  );
}
