/** The frame of the pages that stand outside every workspace: the brand, who is signed in, and the page. */
import { Link } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignOut } from '~/lib/account';
import { StyleContext, ZoneContext } from '~/lib/locale';
import type { Me } from '~/lib/session';
import { Button } from '~/ui/Button';
import './workspaces.css';

export function OutsideFrame({ me, children }: { me: Me; children: ReactNode }): JSX.Element {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const zone = me.user.preferences.time_zone ?? me.workspaces[0]?.time_zone ?? browserZone();
  return (
    <ZoneContext value={zone}>
      <StyleContext value={me.user.preferences.number_style ?? null}>
        <div className="outside">
          <header className="outside-top">
            <Link to="/workspaces" className="outside-brand">
              OK<i>Tee</i>
            </Link>
            <span className="label">{me.user.email}</span>
            <Button quiet onClick={signOut}>
              {t('action.signOut')}
            </Button>
          </header>
          <main className="outside-main" id="main">
            {children}
          </main>
        </div>
      </StyleContext>
    </ZoneContext>
  );
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
