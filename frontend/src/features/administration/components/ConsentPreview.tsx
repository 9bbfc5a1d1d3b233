/** What Amazon's page will list for a region, named before leaving: the need, and what stands there beyond it. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Notice } from '~/ui/states';

export function ConsentPreview({ consent }: { consent: Schemas['ConsentPreview'] }): JSX.Element {
  const { t } = useTranslation('administration');
  if (!consent.application) {
    return <Notice tone="critical">{t('consent.none', { roles: consent.missing.join(', ') })}</Notice>;
  }
  return (
    <div className="consent-preview">
      <p className="strong">{t('consent.lists', { application: consent.application })}</p>
      <ul className="bullets">
        {consent.roles.map((role) => (
          <li key={role}>
            {role}
            {consent.beyond.includes(role) ? (
              <span className="label"> · {t('consent.beyondTag')}</span>
            ) : null}
          </li>
        ))}
      </ul>
      {consent.beyond.length ? (
        <Notice tone="neutral">{t('consent.beyond', { roles: consent.beyond.join(', ') })}</Notice>
      ) : null}
    </div>
  );
}
