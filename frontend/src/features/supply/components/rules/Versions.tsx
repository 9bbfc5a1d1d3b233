/** The versions of a rule: who wrote each, which decides, and what one says otherwise than the running one. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { useRuleName } from '~/ui/Provenance';
import { Notice } from '~/ui/states';
import type { Body, Value } from './fields';
import { RuleFocus } from './focus';
import type { RuleWords } from './words';

export function Versions({
  rule,
  words,
  onTake,
  onEnable,
  onShadow,
}: {
  rule: Schemas['RuleDetail'];
  words: RuleWords;
  onTake: ((body: Body) => void) | null;
  onEnable(version: Schemas['RuleVersion']): void;
  onShadow(version: Schemas['RuleVersion']): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'simulation', 'shadow', 'common', 'reasons', 'doors']);
  const ruleName = useRuleName();
  const format = useFormats();
  const denied = useDenied('rules.write');
  const { version: decider } = useContext(RuleFocus);
  const [compared, setCompared] = useState<number | null>(
    decider !== null && decider !== rule.running?.number ? decider : null,
  );
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const [bringing, setBringing] = useState<number | null>(null);
  const back = useMutation({
    mutationFn: (version: number) =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/bring-back', {
        params: { path: { workspace: workspace.slug, rule_id: rule.id } },
        body: { version },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      setBringing(null);
    },
  });
  const next = rule.newest.number + 1;
  const now = useNow(60_000);
  const decided = (one: Schemas['RuleVersion']) =>
    one.activates_at !== null && Date.parse(one.activates_at) <= now && one.number !== rule.running?.number;
  return (
    <Card title={t('versions.title', { count: rule.versions.length })}>
      <ul className="rule-versions">
        {rule.versions.map((one) => (
          <li key={one.number}>
            {one.number === decider ? <p className="tag tag-auto">{t('reasons:decided')}</p> : null}
            <p>
              <span className="strong">v{one.number}</span>{' '}
              <span className={one.number === rule.running?.number ? 'tone-positive' : 'quiet'}>
                {one.number === rule.running?.number
                  ? t('versions.running', { at: format.dateTime(one.activates_at) })
                  : one.number === rule.scheduled?.number
                    ? t('versions.planned', { at: format.dateTime(one.activates_at) })
                    : one.activates_at
                      ? t('versions.before', { at: format.dateTime(one.activates_at) })
                      : t('versions.draft')}
              </span>
            </p>
            <p className="label">
              {t('versions.by', { who: one.author, at: format.dateTime(one.created_at) })}
              {one.note ? ` · ${one.note}` : ''}
            </p>
            {one.override_reason && one.enabled_by ? (
              <p className="label">
                {t('versions.enabledBy', { who: one.enabled_by, why: one.override_reason })}
              </p>
            ) : null}
            {one.brings_back !== null ? (
              <p className="label">{t('simulation:broughtBack', { version: one.brings_back })}</p>
            ) : one.simulation_id !== null ? (
              <p className="label">{t('simulation:simulated')}</p>
            ) : null}
            <div className="rule-acts">
              {rule.running && one.number !== rule.running.number ? (
                <Button
                  quiet
                  aria-expanded={compared === one.number}
                  onClick={() => setCompared(compared === one.number ? null : one.number)}
                >
                  {t('versions.compare', { version: rule.running.number })}
                </Button>
              ) : null}
              {onTake ? (
                <Button quiet onClick={() => onTake(one.body)}>
                  {t('versions.take')}
                </Button>
              ) : null}
              {one.activates_at === null ? (
                <Button quiet reason={denied} onClick={() => onEnable(one)}>
                  {t('enable.short')}
                </Button>
              ) : null}
              {one.number !== rule.running?.number && one.number !== rule.shadow?.version ? (
                <Button quiet reason={denied} onClick={() => onShadow(one)}>
                  {t('shadow:put')}
                </Button>
              ) : null}
              {decided(one) ? (
                <Button quiet reason={denied} onClick={() => setBringing(one.number)}>
                  {t('simulation:bringBack')}
                </Button>
              ) : null}
            </div>
            {rule.running && compared === one.number ? (
              <Changes rule={rule} was={rule.running.number} now={one.number} words={words} />
            ) : null}
          </li>
        ))}
      </ul>
      <Dialog
        title={t('doors:bringBack.title', { name: ruleName(rule.name), version: bringing })}
        opened={bringing !== null}
        onClose={() => setBringing(null)}
        footer={
          <>
            <Button onClick={() => setBringing(null)}>{t('common:action.cancel')}</Button>
            <Button
              primary
              data-autofocus
              busy={back.isPending}
              onClick={() => bringing !== null && back.mutate(bringing)}
            >
              {t('doors:bringBack.submit', { next })}
            </Button>
          </>
        }
      >
        {back.isError ? <Notice tone="critical">{says.text(back.error)}</Notice> : null}
        <p>
          {rule.running
            ? t('doors:bringBack.text', { version: bringing, running: rule.running.number, next })
            : t('doors:bringBack.textAlone', { version: bringing, next })}
        </p>
        <p className="quiet">{t('doors:bringBack.then')}</p>
        {rule.running && bringing !== null ? (
          <Changes rule={rule} was={rule.running.number} now={bringing} words={words} />
        ) : null}
      </Dialog>
    </Card>
  );
}

export function Changes({
  rule,
  was,
  now,
  words,
}: {
  rule: Schemas['RuleDetail'];
  was: number;
  now: number;
  words: RuleWords;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const workspace = useWorkspace();
  const found = api.useQuery('get', '/api/v1/{workspace}/supply/rules/{rule_id}/differences', {
    params: { path: { workspace: workspace.slug, rule_id: rule.id }, query: { was, now } },
  });
  if (found.data && found.data.changes.length === 0) return <p className="quiet">{t('versions.same')}</p>;
  return (
    <ul className="rule-diff">
      {(found.data?.changes ?? []).map((one) => (
        <li key={one.pointer}>
          {t('versions.change', {
            field: words.field(one.pointer),
            was: words.value(one.pointer, one.was as Value),
            now: words.value(one.pointer, one.now as Value),
          })}
        </li>
      ))}
    </ul>
  );
}
