/** The kill switch of one connection: stops every answer to Amazon at once, and lets them go on. */
import { Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

const SHORTEST = 3;

export function WriteStop({ connectionId }: { connectionId: string }): JSX.Element | null {
  const { t } = useTranslation(['staff', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('connection.manage');
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const path = { workspace: workspace.slug, connection_id: connectionId };
  const stops = api.useQuery('get', '/api/v1/{workspace}/administration/write-stops', {
    params: { path: { workspace: workspace.slug } },
  });
  const change = useMutation({
    mutationFn: (stop: boolean) =>
      stop
        ? client.PUT('/api/v1/{workspace}/administration/connections/{connection_id}/write-stop', {
            params: { path },
            body: { reason: reason.trim() },
          })
        : client.DELETE('/api/v1/{workspace}/administration/connections/{connection_id}/write-stop', {
            params: { path },
          }),
    onSuccess: () => {
      setAsking(false);
      setReason('');
    },
    onSettled: () => queryClient.invalidateQueries(),
  });
  if (!stops.data) return null;
  const everything = stops.data.rows.find((stop) => stop.connection_id === null);
  const own = stops.data.rows.find((stop) => stop.connection_id === connectionId);
  const failed = change.isError ? problems.text(change.error, t('writes.failed')) : null;
  return (
    <div className="form-note">
      {everything ? (
        <Notice tone="critical">
          {t('writes.everything', { at: format.dateTime(everything.stopped_at), reason: everything.reason })}
        </Notice>
      ) : null}
      {own ? (
        <Notice
          tone="critical"
          action={
            <Button reason={denied} busy={change.isPending} onClick={() => change.mutate(false)}>
              {t('writes.resume')}
            </Button>
          }
        >
          {t('writes.stopped', {
            by: own.stopped_by,
            at: format.dateTime(own.stopped_at),
            reason: own.reason,
          })}
          {failed ? <span className="tone-critical"> {failed}</span> : null}
        </Notice>
      ) : (
        <Button quiet reason={denied} onClick={() => setAsking(true)}>
          {t('writes.stop')}
        </Button>
      )}
      <Dialog
        title={t('writes.title')}
        opened={asking}
        onClose={() => setAsking(false)}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('common:action.cancel')}</Button>
            <Button
              danger
              busy={change.isPending}
              reason={reason.trim().length < SHORTEST ? t('writes.reasonMissing') : null}
              onClick={() => change.mutate(true)}
            >
              {t('writes.submit')}
            </Button>
          </>
        }
      >
        {failed ? <Notice tone="critical">{failed}</Notice> : null}
        <ul className="bullets">
          <li>{t('writes.now')}</li>
          <li>{t('writes.clocks')}</li>
          <li>{t('writes.reading')}</li>
        </ul>
        <Textarea
          label={t('writes.reason')}
          data-autofocus
          maxLength={300}
          rows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Dialog>
    </div>
  );
}
