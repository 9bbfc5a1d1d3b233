/** Sign-in, step by step: who, the second factor, and what has to be set up or renewed before the first page. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { type JSX, lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignOut } from '~/lib/account';
import { setCsrfToken } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { type Me, meQuery } from '~/lib/session';
import { Button } from '~/ui/Button';
import { AccessCard } from './access_card';
import { ExpiredPassword } from './expired_password';
import { ProveFactor } from './prove_factor';
import { WhoSignsIn } from './who';

const ForcedEnrolment = lazy(() => import('./forced_enrolment'));

export function SignIn({
  next,
  refused,
}: {
  next: string | undefined;
  /** Why a company sign-in ended here. */
  refused?: string | undefined;
}): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const signOut = useSignOut();
  // A page that was asked for half-way through the sign-in leads back to the step that is missing.
  const [me, setMe] = useState<Me | null>(() => {
    const known = queryClient.getQueryData<Me>(meQuery.queryKey);
    return known && known.next !== null ? known : null;
  });
  const step = me?.next ?? 'who';

  useEffect(() => {
    document.title = `${t(`access:step.${step}`)} · OKTee`;
  }, [t, step]);

  const goOn = async (known: Me): Promise<void> => {
    setCsrfToken(known.csrf_token);
    queryClient.setQueryData(meQuery.queryKey, known);
    await changeLanguage(known.user.locale);
    if (known.next !== null) {
      setMe(known);
      return;
    }
    if (next) router.history.replace(next);
    else await navigate({ to: '/', replace: true });
  };

  return (
    <AccessCard
      footer={
        me ? (
          <p className="quiet sign-in-as">
            {me.user.email}{' '}
            <Button
              quiet
              onClick={() => {
                setMe(null);
                signOut();
              }}
            >
              {t('access:step.other')}
            </Button>
          </p>
        ) : null
      }
    >
      {me === null ? (
        <WhoSignsIn onSignedIn={goOn} refused={refused} />
      ) : me.next === 'factor' ? (
        <ProveFactor me={me} onProved={goOn} onEnded={() => setMe(null)} />
      ) : me.next === 'password' ? (
        <ExpiredPassword onChanged={goOn} />
      ) : (
        <Suspense>
          <ForcedEnrolment onDone={goOn} />
        </Suspense>
      )}
    </AccessCard>
  );
}
