/** The versions of a rule: who wrote each, which decides, and what one says otherwise than the running one. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import type { Body, Value } from './fields';
import type { RuleWords } from './words';

export function Versions({
  rule,
  words,
  owner,
  onTake,
  onEnable,
}: {
  rule: Schemas['RuleDetail'];
  words: RuleWords;
  owner: boolean;
  onTake: ((body: Body) => void) | null;
  onEnable(version: Schemas['RuleVersion']): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const format = useFormats();
  const denied = useDenied('rules.write');
  const [compared, setCompared] = useState<number | null>(null);
  return (
    <Card title={t('versions.title', { count: rule.versions.length })}>
      <ul className="rule-versions">
        {rule.versions.map((one) => (
          <li key={one.number}>
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
                <Button
                  quiet
                  reason={denied ?? (owner ? null : t('ownerOnly'))}
                  onClick={() => onEnable(one)}
                >
                  {t('enable.short')}
                </Button>
              ) : null}
            </div>
            {rule.running && compared === one.number ? (
              <Changes rule={rule} was={rule.running.number} now={one.number} words={words} />
            ) : null}
          </li>
        ))}
      </ul>
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
