/** What OKTee does in the last hour when nobody has answered: said in one sentence, chosen by an Owner alone. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

type Automation = Schemas['AutomationInfo'];
type Fallback = Automation['fallback'];

const POLICIES: Fallback[] = [
  'DO_NOTHING',
  'ACCEPT_AVAILABLE',
  'SEND_PARTIAL_HOLD_AS_ACCEPTED',
  'ACCEPT_ALL',
];

export function FallbackLine({ automation }: { automation: Automation }): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const [chosen, setChosen] = useState<Fallback | null>(null);
  const change = useMutation({
    mutationFn: (fallback: Fallback) =>
      client.PUT('/api/v1/{workspace}/supply/automation/fallback', {
        params: { path: { workspace: workspace.slug } },
        body: { fallback },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      setChosen(null);
    },
  });
  const asleep = automation.fallback !== 'DO_NOTHING' && !automation.fallback_acts;
  return (
    <div className="mode-also">
      <p>
        <span className="strong">{t('fallback.at')}</span> {t(`fallback.says.${automation.fallback}`)}
        {asleep ? <span className="label mode-text">{t('fallback.asleep')}</span> : null}
        {automation.fallback_changed_by ? (
          <span className="label mode-text">
            {t('fallback.chosenBy', { who: automation.fallback_changed_by })}
          </span>
        ) : null}
      </p>
      <Button
        quiet
        reason={automation.can_change_fallback ? null : t('fallback.ownersOnly')}
        onClick={() => setChosen(automation.fallback)}
      >
        {t('fallback.change')}
      </Button>
      <Dialog
        title={t('fallback.title')}
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        footer={
          <>
            <Button onClick={() => setChosen(null)}>{t('common:action.cancel')}</Button>
            <Button
              primary
              busy={change.isPending}
              reason={chosen === automation.fallback ? t('fallback.same') : null}
              onClick={() => chosen && change.mutate(chosen)}
            >
              {t('fallback.save')}
            </Button>
          </>
        }
      >
        {change.isError ? <Notice tone="critical">{problems.text(change.error)}</Notice> : null}
        <p className="quiet">{t('fallback.never')}</p>
        <fieldset className="modes">
          <legend className="visually-hidden">{t('fallback.title')}</legend>
          {POLICIES.map((policy) => (
            <label key={policy} className="mode">
              <input
                type="radio"
                name="fallback"
                checked={chosen === policy}
                onChange={() => setChosen(policy)}
              />
              <span>
                <span className="strong">{t(`fallback.name.${policy}`)}</span>
                <span className="label mode-text">{t(`fallback.text.${policy}`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      </Dialog>
    </div>
  );
}
