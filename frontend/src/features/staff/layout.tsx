/** The frame of the staff console: who is signed in, its three pages, and the way out. */
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { type JSX, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ZoneContext } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { setStaffToken, staffClient, staffMeQuery } from './client';
import './staff.css';

/** Staff read times in their own zone: customers' zones differ from tab to tab. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function StaffLayout(): JSX.Element {
  const { t } = useTranslation('staff');
  const { data: me } = useSuspenseQuery(staffMeQuery);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  useEffect(() => {
    document.title = `${t('console.title')} · OKTee`;
  }, [t]);
  const leave = useMutation({
    mutationFn: () => staffClient.DELETE('/staff/api/v1/session'),
    onSettled: async () => {
      setStaffToken(null);
      await navigate({ to: '/staff/sign-in' });
      queryClient.clear();
    },
  });
  const active = { className: 'staff-link staff-link-on', 'aria-current': 'page' } as const;
  return (
    <ZoneContext value={ZONE}>
      <div className="staff">
        <a className="skip" href="#main">
          {t('console.skip')}
        </a>
        <header className="staff-top">
          <p className="staff-brand">
            OK<i>Tee</i> <span>{t('console.title')}</span>
          </p>
          <nav aria-label={t('console.pages')}>
            <Link to="/staff" className="staff-link" activeProps={active} activeOptions={{ exact: true }}>
              {t('console.organizations')}
            </Link>
            <Link to="/staff/operations" className="staff-link" activeProps={active}>
              {t('console.operations')}
            </Link>
          </nav>
          <span className="staff-who">
            {me.name}
            <Button quiet busy={leave.isPending} onClick={() => leave.mutate()}>
              {t('console.signOut')}
            </Button>
          </span>
        </header>
        <main id="main" className="staff-main" tabIndex={-1}>
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </ZoneContext>
  );
}
