/** The link at the end of a mail: pressing the button ends mails of its kind; opening the page alone does not. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';

export function Unsubscribe({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('teamwork');
  useEffect(() => {
    document.title = `${t('unsubscribe.title')} · OKTee`;
  }, [t]);
  const end = useMutation({
    mutationFn: () => client.POST('/api/v1/notice-unsubscriptions', { body: { token } }),
  });
  const wrong = end.error instanceof ApiProblem && [404, 422].includes(end.error.status);
  return (
    <AccessCard>
      <h1>{t('unsubscribe.title')}</h1>
      {end.isSuccess ? (
        <>
          <Notice tone="positive">{t('unsubscribe.done')}</Notice>
          <Link to="/sign-in">{t('unsubscribe.signIn')}</Link>
        </>
      ) : (
        <>
          <p className="quiet">{t('unsubscribe.text')}</p>
          {end.isError ? (
            <Notice tone="critical">{t(wrong ? 'unsubscribe.wrong' : 'unsubscribe.failed')}</Notice>
          ) : null}
          <Button primary busy={end.isPending} onClick={() => end.mutate()}>
            {t('unsubscribe.confirm')}
          </Button>
        </>
      )}
    </AccessCard>
  );
}
