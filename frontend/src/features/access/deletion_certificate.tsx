/** The link of the mail after a deletion: the word in the fragment, which no server sees in an address, opens the PDF. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';

/** Hands a file to the browser, as a link to it would. Exported as an object so that a test can watch it. */
export const files = {
  save(body: Blob, name: string): void {
    const url = URL.createObjectURL(body);
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  },
};

export function DeletionCertificate({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('access');
  useEffect(() => {
    document.title = `${t('certificate.title')} · OKTee`;
  }, [t]);
  const download = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/deletion-certificates', {
        body: { token },
        parseAs: 'blob',
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data as Blob;
    },
    onSuccess: (body) => files.save(body, 'oktee-certificate-of-deletion.pdf'),
  });
  const gone = download.error instanceof ApiProblem && [404, 422].includes(download.error.status);
  return (
    <AccessCard>
      <h1>{t('certificate.title')}</h1>
      <p className="quiet">{t('certificate.text')}</p>
      {download.isSuccess ? <Notice tone="positive">{t('certificate.done')}</Notice> : null}
      {download.isError ? (
        <Notice tone="critical">{t(gone ? 'certificate.gone' : 'password.problem.server')}</Notice>
      ) : null}
      <Button primary onClick={() => download.mutate()} busy={download.isPending}>
        {t('certificate.download')}
      </Button>
    </AccessCard>
  );
}
