/** A version was enabled just now: what decides, whose lines, and what happens next. */
import { type JSX, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Notice } from '~/ui/states';
import type { RuleWords } from './words';

export interface Enabled {
  version: number;
  /** The version that decided before it. */
  before: number | null;
  /** null: at once. */
  from: string | null;
}

export function EnabledNotice({
  rule,
  enabled,
  words,
}: {
  rule: Schemas['RuleDetail'];
  enabled: Enabled;
  words: RuleWords;
}): JSX.Element | null {
  const { t } = useTranslation('rules');
  const format = useFormats();
  const workspace = useWorkspace();
  const automation = api.useQuery('get', '/api/v1/{workspace}/supply/automation', {
    params: { path: { workspace: workspace.slug } },
  });
  const said = useRef<HTMLDivElement>(null);
  useEffect(() => {
    said.current?.focus();
    said.current?.scrollIntoView?.({ block: 'nearest' });
  }, []);
  // Somebody may have brought another version back meanwhile: then it decides no more.
  const holds = (enabled.from ? (rule.scheduled ?? rule.running) : rule.running)?.number === enabled.version;
  if (!holds) return null;
  const body = rule.versions.find((one) => one.number === enabled.version)?.body;
  const told = {
    version: enabled.version,
    before: enabled.before,
    name: rule.standard ? t('standard') : rule.name,
    at: enabled.from ? format.dateTime(enabled.from) : '',
  };
  const what = enabled.from ? 'planned' : 'done';
  return (
    <div ref={said} tabIndex={-1} role="status" className="rule-enabled">
      <Notice tone="positive">
        <span className="strong">
          {t(enabled.before === null ? `enable.${what}` : `enable.${what}Instead`, told)}
        </span>{' '}
        {body && !rule.standard ? `${words.scope(body)} ` : ''}
        {enabled.from ? '' : `${t('enable.next')} `}
        {automation.data
          ? t(`enable.${automation.data.mode}`, { minutes: format.count(automation.data.delay_minutes) })
          : ''}
      </Notice>
    </div>
  );
}
