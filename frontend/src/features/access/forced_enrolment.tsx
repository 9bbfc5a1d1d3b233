/** A workspace demands a second factor and there is none: set one up before the first page. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setCsrfToken } from '~/lib/api';
import type { Me } from '~/lib/session';
import { type Added, EnrolApp, EnrolPasskey, RecoveryCodes } from './enrol';

export default function ForcedEnrolment({ onDone }: { onDone(me: Me): Promise<void> }): JSX.Element {
  const { t } = useTranslation('access');
  const [added, setAdded] = useState<Added | null>(null);
  const take = (found: Added): void => {
    setCsrfToken(found.me.csrf_token);
    if (found.recovery_codes) setAdded(found);
    else void onDone(found.me);
  };
  if (added?.recovery_codes)
    return (
      <>
        <h1>{t('recovery.title')}</h1>
        <RecoveryCodes codes={added.recovery_codes} onDone={() => void onDone(added.me)} />
      </>
    );
  return (
    <>
      <h1>{t('step.enrol')}</h1>
      <p className="quiet">{t('enrol.forced')}</p>
      <div className="stack">
        <EnrolApp onAdded={take} />
        <EnrolPasskey onAdded={take} />
      </div>
    </>
  );
}
