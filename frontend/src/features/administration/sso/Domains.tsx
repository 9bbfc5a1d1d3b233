/** The domains of the company, each with the record that proves it. */
import { TextInput } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { Notice } from '~/ui/states';
import { CopyLine } from '../keys/CopyLine';
import { useAct } from './act';

export function Domains({ settings }: { settings: Schemas['SsoSettings'] }): JSX.Element {
  const { t } = useTranslation(['sso', 'common']);
  const path = { workspace: useWorkspace().slug };
  const [domain, setDomain] = useState('');
  const add = useAct<void>(
    () =>
      client.POST('/api/v1/{workspace}/administration/sso/domains', {
        params: { path },
        body: { domain: domain.trim() },
      }),
    () => setDomain(''),
  );
  return (
    <Card title={t('domains.title')}>
      <p>{t('domains.text')}</p>
      {settings.domains.length === 0 ? <p className="quiet">{t('domains.none')}</p> : null}
      <div className="stack">
        {settings.domains.map((row) => (
          <Domain key={row.id} row={row} />
        ))}
        <form
          className="form-row"
          onSubmit={(event) => {
            event.preventDefault();
            if (domain.trim()) add.run();
          }}
        >
          <TextInput
            label={t('domains.label')}
            placeholder={t('domains.placeholder')}
            spellCheck={false}
            value={domain}
            error={add.wrong('domain') ?? add.problem ?? undefined}
            onChange={(event) => setDomain(event.currentTarget.value)}
          />
          <Button type="submit" busy={add.pending}>
            {t('domains.add')}
          </Button>
        </form>
      </div>
    </Card>
  );
}

function Domain({ row }: { row: Schemas['SsoDomainOut'] }): JSX.Element {
  const { t } = useTranslation(['sso', 'common']);
  const params = { path: { workspace: useWorkspace().slug, domain_id: row.id } };
  const verify = useAct<void>(() =>
    client.POST('/api/v1/{workspace}/administration/sso/domains/{domain_id}/verification', { params }),
  );
  const remove = useAct<void>(() =>
    client.DELETE('/api/v1/{workspace}/administration/sso/domains/{domain_id}', { params }),
  );
  const problem = verify.problem ?? remove.problem;
  return (
    <section aria-label={row.domain}>
      <div className="cluster">
        <strong>{row.domain}</strong>
        <Tag tone={row.verified_at ? 'positive' : 'caution'}>
          {t(row.verified_at ? 'domains.proved' : 'domains.open')}
        </Tag>
        {row.verified_at ? null : (
          <Button
            busy={verify.pending}
            aria-label={t('domains.verifyLabel', { domain: row.domain })}
            onClick={() => verify.run()}
          >
            {t('domains.verify')}
          </Button>
        )}
        <Button
          quiet
          busy={remove.pending}
          aria-label={t('domains.removeLabel', { domain: row.domain })}
          onClick={() => remove.run()}
        >
          {t('domains.remove')}
        </Button>
      </div>
      {row.verified_at ? null : (
        <>
          <CopyLine label={t('domains.recordName')} text={row.record_name} />
          <CopyLine label={t('domains.recordValue')} text={row.record_value} />
        </>
      )}
      {problem ? <Notice tone="critical">{t('failed', { detail: problem })}</Notice> : null}
    </section>
  );
}
