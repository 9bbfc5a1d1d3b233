/** What a reader tried, to be handed to somebody who may write rules: in words, and as a file that is imported as a draft. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Button } from '~/ui/Button';
import type { Body } from './fields';
import type { RuleWords } from './words';

export function Proposal({
  rule,
  name,
  body,
  words,
}: {
  rule: Schemas['RuleDetail'] | null;
  name: string;
  body: Body;
  words: RuleWords;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const [copied, setCopied] = useState<'copied' | 'failed' | null>(null);
  const text = (): string => {
    const head = rule
      ? t('proposal.head', { name: rule.standard ? t('standard') : name, version: rule.newest.number })
      : t('proposal.headNew', { name });
    const file = { schema_version: 1, rules: [{ name: name || '–', note: null, standard: false, body }] };
    const said = [words.scope(body), ...words.does(body)].map((sentence) => `- ${sentence}`);
    return [head, '', ...said, '', JSON.stringify(file, null, 2)].join('\n');
  };
  return (
    <>
      <p role="status" className="label">
        {copied ? t(`proposal.${copied}`) : ''}
      </p>
      <Button
        onClick={() =>
          void navigator.clipboard
            .writeText(text())
            .then(() => setCopied('copied'))
            .catch(() => setCopied('failed'))
        }
      >
        {t('proposal.copy')}
      </Button>
    </>
  );
}
