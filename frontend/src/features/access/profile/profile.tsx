/** Profile: the account and its security, and how OKTee looks, speaks and reads to you. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignOut } from '~/lib/account';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { AbsenceSection, QuietSection } from './away';
import { FactorsSection } from './factors';
import { NoticesSection } from './notices';
import { LookSection, ReadingSection } from './reading';
import { EmailSection, NameSection, PasswordSection } from './sections';
import { SessionsSection } from './sessions';
import './profile.css';

export function Profile(): JSX.Element {
  const { t } = useTranslation('common');
  const signOut = useSignOut();
  return (
    <div className="profile-column">
      <PageHeader
        title={t('page.profile')}
        aside={<Button onClick={signOut}>{t('action.signOut')}</Button>}
      />
      <p className="quiet profile-lead">{t('profile.text')}</p>
      <div className="stack">
        <NameSection />
        <EmailSection />
        <PasswordSection />
        <FactorsSection />
        <SessionsSection />
        <ReadingSection />
        <LookSection />
        <NoticesSection />
        <QuietSection />
        <AbsenceSection />
      </div>
    </div>
  );
}
