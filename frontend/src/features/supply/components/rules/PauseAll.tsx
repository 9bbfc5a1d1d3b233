/** All of automation, paused with one press and a word of what follows, and brought back with another. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

type Automation = Schemas['AutomationInfo'];

function usePause(onDone: () => void = () => undefined) {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const params = { path: { workspace: workspace.slug } };
  return useMutation({
    mutationFn: async (pause: boolean): Promise<void> => {
      if (pause) await client.POST('/api/v1/{workspace}/supply/automation/pause', { params });
      else await client.DELETE('/api/v1/{workspace}/supply/automation/pause', { params });
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      onDone();
    },
  });
}

/** Where nothing is sent without a person, there is nothing to pause. */
export function PauseAll({ automation }: { automation: Automation }): JSX.Element | null {
  const { t } = useTranslation(['rules', 'supply', 'common']);
  const says = useProblems();
  const denied = useDenied('rules.write');
  const [asking, setAsking] = useState(false);
  const pause = usePause(() => setAsking(false));
  if (automation.mode === 'suggest') return null;
  return (
    <>
      <Button reason={denied} onClick={() => setAsking(true)}>
        {t('pauseAll.button')}
      </Button>
      <Dialog
        title={t('pauseAll.title')}
        opened={asking}
        onClose={() => setAsking(false)}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('common:action.cancel')}</Button>
            <Button primary data-autofocus busy={pause.isPending} onClick={() => pause.mutate(true)}>
              {t('pauseAll.submit')}
            </Button>
          </>
        }
      >
        {pause.isError ? <Notice tone="critical">{says.text(pause.error)}</Notice> : null}
        <p>{t('pauseAll.text')}</p>
        <p className="quiet">
          {t('pauseAll.kept', {
            mode: t(`supply:automation.mode.${automation.mode}`, { minutes: automation.delay_minutes }),
          })}
        </p>
      </Dialog>
    </>
  );
}

/** Since when all of it is paused, and the way back. */
export function PausedNotice({ automation }: { automation: Automation }): JSX.Element | null {
  const { t } = useTranslation(['rules', 'supply', 'common']);
  const format = useFormats();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const resume = usePause();
  if (automation.paused_mode === null) return null;
  const mode = t(`supply:automation.mode.${automation.paused_mode}`, { minutes: automation.delay_minutes });
  return (
    <Notice tone="caution">
      <p>
        <span className="strong">
          {t('pauseAll.since', {
            at: format.dateTime(automation.paused_at),
            who: automation.changed_by ?? t('common:actor.system'),
          })}
        </span>{' '}
        {t('pauseAll.back', { mode })}
      </p>
      {resume.isError ? <p className="tone-critical">{says.text(resume.error)}</p> : null}
      <Button reason={denied} busy={resume.isPending} onClick={() => resume.mutate(false)}>
        {t('pauseAll.resume', { mode })}
      </Button>
    </Notice>
  );
}
