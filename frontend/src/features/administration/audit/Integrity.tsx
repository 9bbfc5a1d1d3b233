/** Whether the chain of entries is as it was written, and up to when that was verified. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Icon } from '~/ui/Icon';

export function Integrity(): JSX.Element | null {
  const { t } = useTranslation('audit');
  const format = useFormats();
  const workspace = useWorkspace();
  const check = api.useQuery('get', '/api/v1/{workspace}/administration/audit/verification', {
    params: { path: { workspace: workspace.slug } },
  });
  if (!check.data) return null;
  const { state, verified_to, signed_at, retention_days, broken_sequence, broken_reason } = check.data;
  if (state === 'broken')
    return (
      <span className="audit-integrity tone-critical" role="alert">
        <Icon name="bang" size={14} />
        {t('integrity.broken', {
          sequence: broken_sequence,
          reason: t(`integrity.reason.${broken_reason}`, { defaultValue: broken_reason ?? '' }),
        })}
      </span>
    );
  const day = verified_to && format.date(verified_to) !== format.date(new Date().toISOString());
  const until = verified_to ? (day ? format.dateTime(verified_to) : format.time(verified_to)) : null;
  const title = [
    t('integrity.retention', { count: retention_days }),
    signed_at ? t('integrity.signed', { at: format.dateTime(signed_at) }) : t('integrity.unsigned'),
  ].join(' ');
  return (
    <span className="audit-integrity label" title={title}>
      <Icon name="check" size={14} />
      {until ? t('integrity.whole', { at: until }) : t('integrity.empty')}
      <span className="visually-hidden">{title}</span>
    </span>
  );
}
