/** People: find where somebody appears, hand out what is held about them, erase them. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { EmptyState, Notice } from '~/ui/states';
import { ExportDialog } from './exports';

export function Subjects(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug };
  const [subject, setSubject] = useState('');
  const [erasing, setErasing] = useState(false);
  const [taking, setTaking] = useState(false);
  const find = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/privacy/subjects/search', {
        params: { path },
        body: { subject: subject.trim() },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
  });
  const erase = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/privacy/subjects/erasures', {
        params: { path },
        body: { subject: find.data?.user_id ?? subject.trim() },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: async () => {
      setErasing(false);
      find.reset();
      await queryClient.invalidateQueries();
    },
    onError: () => setErasing(false),
  });
  const found = find.data;
  const who = found?.name ?? found?.email ?? subject.trim();
  return (
    <Card title={t('subject.title')}>
      <p className="label">{t('subject.text')}</p>
      <form
        className="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          erase.reset();
          if (subject.trim().length >= 3) find.mutate();
        }}
      >
        <TextInput
          label={t('subject.who')}
          value={subject}
          autoComplete="off"
          onChange={(event) => {
            setSubject(event.currentTarget.value);
            find.reset();
          }}
        />
        <Button
          type="submit"
          busy={find.isPending}
          reason={subject.trim().length < 3 ? t('subject.short') : null}
        >
          {t('subject.find')}
        </Button>
      </form>
      {find.isError ? (
        <Notice tone="critical">{problems.text(find.error, t('subject.failed'))}</Notice>
      ) : null}
      {erase.isSuccess ? (
        <Notice tone="positive">{t('subject.erased', { pseudonym: erase.data.pseudonym })}</Notice>
      ) : null}
      {erase.isError ? (
        <Notice tone="critical">{problems.text(erase.error, t('subject.failed'))}</Notice>
      ) : null}
      {found && found.total === 0 && !found.member ? <EmptyState title={t('subject.nobody')} /> : null}
      {found && (found.total > 0 || found.member) ? (
        <>
          <p className="strong">
            {t(found.member ? 'subject.member' : 'subject.notMember', { who })}{' '}
            {t('subject.appears', { count: found.total })}
          </p>
          <div className="table-scroll">
            <table className="plain-table privacy-table">
              <caption className="visually-hidden">{t('subject.where')}</caption>
              <tbody>
                {found.rows.map((row) => (
                  <tr key={row.table}>
                    <td>
                      <span className="mono">{row.table}</span>
                      <br />
                      <span className="label">{row.purpose}</span>
                    </td>
                    <td className="num">{format.count(row.rows)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className="privacy-actions">
            <Button onClick={() => setTaking(true)}>{t('subject.export')}</Button>
            <Button danger onClick={() => setErasing(true)}>
              {t('subject.erase')}
            </Button>
          </p>
        </>
      ) : null}
      <ExportDialog
        opened={taking}
        onClose={() => setTaking(false)}
        subject={found?.user_id ?? subject.trim()}
      />
      <Dialog
        title={t('subject.eraseTitle', { who })}
        opened={erasing}
        onClose={() => setErasing(false)}
        footer={
          <>
            <Button onClick={() => setErasing(false)}>{t('common:action.cancel')}</Button>
            <Button danger busy={erase.isPending} onClick={() => erase.mutate()}>
              {t('subject.eraseNow')}
            </Button>
          </>
        }
      >
        <p>{t('subject.eraseText')}</p>
        {found?.member ? <p>{t('subject.eraseAccount')}</p> : null}
      </Dialog>
    </Card>
  );
}
