/** For a reader who sees a part of the workspace only: that totals are of that part, and how many lines are hidden. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';

export function ScopeNote({ scope }: { scope: Schemas['ScopeInfo'] | undefined }): JSX.Element | null {
  const { t } = useTranslation('supply');
  if (!scope?.limited) return null;
  return (
    <span className="label">
      {t('seen.totals')}
      {scope.hidden_lines > 0 ? ` · ${t('seen.hidden', { count: scope.hidden_lines })}` : null}
    </span>
  );
}
