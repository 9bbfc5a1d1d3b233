/** The frame of every page before the workspace: the brand, one card, the language. */
import { Link } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { changeLanguage, LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { Segmented } from '~/ui/Segmented';
import './sign_in.css';

export function AccessCard({ children, footer }: { children: ReactNode; footer?: ReactNode }): JSX.Element {
  const { t, i18n } = useTranslation(['common', 'access']);
  return (
    <div className="sign-in">
      <main className="sign-in-card card">
        <p className="sign-in-brand">
          OK<i>Tee</i>
        </p>
        {children}
        {footer}
      </main>
      <Segmented<Language>
        label={t('profile.language')}
        value={i18n.language as Language}
        onChange={(language) => void changeLanguage(language)}
        segments={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
      />
      <Link to="/trust" className="sign-in-trust">
        {t('access:trust')}
      </Link>
    </div>
  );
}
