/** Rotating a key: a new one takes its place, and for a while both work. */
import { Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { FailedState } from '~/ui/states';

const OVERLAPS = [0, 1, 24, 72, 168];

export function RotateDialog({
  row,
  onClose,
  onMade,
}: {
  row: Schemas['KeyRow'];
  onClose(): void;
  onMade(made: Schemas['KeyMade']): void;
}): JSX.Element {
  const { t } = useTranslation(['integrations', 'common']);
  const workspace = useWorkspace();
  const [overlap, setOverlap] = useState(row.leaked_at ? 0 : 24);
  const rotate = useMutation({
    mutationFn: async () => {
      const answer = await client.POST('/api/v1/{workspace}/administration/api-keys/{key_id}/rotation', {
        params: { path: { workspace: workspace.slug, key_id: row.id } },
        body: { overlap_hours: overlap },
      });
      return answer.data;
    },
    onSuccess: (made) => {
      if (made) onMade(made);
    },
  });
  return (
    <Dialog
      title={t('rotate.title', { name: row.name })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary busy={rotate.isPending} onClick={() => rotate.mutate()}>
            {t('rotate.do')}
          </Button>
        </>
      }
    >
      {rotate.isError ? <FailedState what={t('keys.title')} error={rotate.error} compact /> : null}
      <p>{t('rotate.text')}</p>
      <Select
        label={t('rotate.overlap')}
        value={String(overlap)}
        allowDeselect={false}
        data={OVERLAPS.map((hours) => ({ value: String(hours), label: t(`rotate.hours.${hours}`) }))}
        onChange={(value) => setOverlap(Number(value ?? 24))}
      />
      <p className="quiet">{t('rotate.after')}</p>
    </Dialog>
  );
}
