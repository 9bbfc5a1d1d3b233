/** Put a version in shadow: for how many days it decides beside the running rules. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { useRuleName } from '~/ui/Provenance';
import { Notice } from '~/ui/states';

export const SHADOW_DAYS = 7;
const MOST = 28;

export function ShadowDialog({
  rule,
  version,
  onStarted,
  onClose,
}: {
  rule: Schemas['RuleDetail'];
  version: Schemas['RuleVersion'];
  onStarted(): void;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['shadow', 'common']);
  const ruleName = useRuleName();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const params = { path: { workspace: workspace.slug, rule_id: rule.id } };
  const report = api.useQuery('get', '/api/v1/{workspace}/supply/rules/{rule_id}/shadow', { params });
  const [typed, setTyped] = useState(String(SHADOW_DAYS));
  const days = /^\d{1,2}$/.test(typed.trim()) ? Number(typed) : 0;
  const wrong = days < 1 || days > MOST;
  const start = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/shadow', {
        params,
        body: { version: version.number, days },
      }),
    onSuccess: () => {
      // It is in shadow: what is read anew would only say so behind a dialog that asks for it.
      onStarted();
      void queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      });
    },
  });
  const reason = rule.shadow
    ? t('dialog.open', { version: rule.shadow.version })
    : report.data?.full
      ? t('dialog.full')
      : wrong
        ? t('dialog.daysWrong')
        : null;
  return (
    <Dialog
      title={t('dialog.title', { name: ruleName(rule.name), version: version.number })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary busy={start.isPending} reason={reason} onClick={() => start.mutate()}>
            {t('dialog.start')}
          </Button>
        </>
      }
    >
      {start.isError ? <Notice tone="critical">{says.text(start.error)}</Notice> : null}
      <p>
        {rule.running && rule.state === 'on'
          ? t('dialog.running', { version: rule.running.number })
          : t('dialog.noRunning')}
      </p>
      {rule.shadow ? (
        <Notice tone="caution">{t('dialog.open', { version: rule.shadow.version })}</Notice>
      ) : report.data?.full ? (
        <Notice tone="caution">{t('dialog.full')}</Notice>
      ) : null}
      <TextInput
        label={t('dialog.days')}
        description={t('dialog.daysHint')}
        inputMode="numeric"
        value={typed}
        maxLength={2}
        error={wrong ? t('dialog.daysWrong') : undefined}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </Dialog>
  );
}
