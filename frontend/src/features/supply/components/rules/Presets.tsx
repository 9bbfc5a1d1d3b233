/** Three ways to start: each becomes a new version of the standard rule, which decides nothing until it is enabled. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';
import { PresetProof } from './PresetProof';
import type { RuleWords } from './words';

const STANDARD = '00000000-0000-7000-8000-000000000001';

export function Presets({
  choices,
  words,
  onRule,
}: {
  choices: Schemas['RuleChoices'];
  words: RuleWords;
  onRule(rule: string): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const choose = useMutation({
    mutationFn: (preset: Schemas['RulePreset']) =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/versions', {
        params: { path: { workspace: workspace.slug, rule_id: STANDARD } },
        body: { body: preset.body, note: t(`preset.name.${preset.name}`) },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      });
      onRule(STANDARD);
    },
  });
  return (
    <Card title={t('preset.title')} aside={t('preset.aside')}>
      {choose.isError ? <Notice tone="critical">{says.text(choose.error)}</Notice> : null}
      <div className="rule-presets">
        {choices.presets.map((preset) => (
          <section key={preset.name} aria-label={t(`preset.name.${preset.name}`)}>
            <h3 className="rule-heading">{t(`preset.name.${preset.name}`)}</h3>
            <p className="quiet">{t(`preset.text.${preset.name}`)}</p>
            <ul className="rule-words">
              {words.does(preset.body).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            <PresetProof rule={STANDARD} body={preset.body} denied={denied} />
            <Button reason={denied} busy={choose.isPending} onClick={() => choose.mutate(preset)}>
              {t('preset.choose')}
            </Button>
          </section>
        ))}
      </div>
    </Card>
  );
}
