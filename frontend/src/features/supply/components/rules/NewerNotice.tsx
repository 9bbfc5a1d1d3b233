/** A colleague saved a version while one typed: it is taken in, or one goes on. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';

export function NewerNotice({
  newer,
  based,
  onTake,
  onKeep,
}: {
  newer: Schemas['RuleVersion'];
  /** The version that what is typed began from. */
  based: number;
  onTake(): void;
  onKeep(): void;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const format = useFormats();
  return (
    <Notice tone="caution">
      <p>
        {t('editor.newer', {
          version: newer.number,
          who: newer.author,
          at: format.dateTime(newer.created_at),
          based,
        })}
      </p>
      <div className="rule-acts">
        <Button quiet onClick={onTake}>
          {t('editor.takeNewer', { version: newer.number })}
        </Button>
        <Button quiet onClick={onKeep}>
          {t('editor.keepMine')}
        </Button>
      </div>
    </Notice>
  );
}
