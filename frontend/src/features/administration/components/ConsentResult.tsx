/** What came of the visit to Amazon: said plainly, with what is stored and what to do next. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '~/ui/states';

export type Result = 'connected' | 'declined' | 'state_mismatch' | 'expired' | 'already_connected' | 'failed';

const TONES: Record<Result, 'positive' | 'neutral' | 'caution' | 'critical'> = {
  connected: 'positive',
  declined: 'neutral',
  state_mismatch: 'critical',
  expired: 'caution',
  already_connected: 'caution',
  failed: 'critical',
};

export function ConsentResult({ result, verified }: { result: Result; verified: boolean }): JSX.Element {
  const { t } = useTranslation('administration');
  return (
    <Notice tone={TONES[result]}>
      <b>{t(`result.${result}.title`)}</b>{' '}
      {result === 'connected' && verified ? t('result.connected.verified') : t(`result.${result}.text`)}
    </Notice>
  );
}
