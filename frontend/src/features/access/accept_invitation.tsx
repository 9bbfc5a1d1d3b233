/** The link of an invitation: join with a new account, or with the one the address has. The token stands behind the `#`. */
import { TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignOut } from '~/lib/account';
import { ApiProblem, client, setCsrfToken } from '~/lib/api';
import type { Language } from '~/lib/i18n';
import { type Me, meQuery } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';
import { NewPassword, problemOfChange } from './new_password';

/** Kept in memory only while the person signs in: no address, history or storage of the browser holds it. */
let waiting = '';

export function AcceptInvitation({ token }: { token: string }): JSX.Element {
  const { t, i18n } = useTranslation(['access', 'common']);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const signOut = useSignOut();
  if (token) waiting = token;
  const known = token || waiting;
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = `${t('invitation.title')} · OKTee`;
  }, [t]);
  const invitation = useQuery({
    queryKey: ['invitation', known],
    queryFn: async () =>
      (await client.POST('/api/v1/invitation-readings', { body: { token: known } })).data ?? null,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const me = useQuery({ ...meQuery, retry: false, enabled: invitation.data?.has_account === true });
  const arrive = async (slug: string, found: Me): Promise<void> => {
    waiting = '';
    setCsrfToken(null); // whoever this page was loaded for before
    setCsrfToken(found.csrf_token);
    queryClient.setQueryData(meQuery.queryKey, found);
    await navigate({ to: '/$workspace', params: { workspace: slug }, replace: true });
  };
  const join = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/invitation-accounts', {
        body: { token: known, name, password, locale: i18n.language as Language },
      }),
    onSuccess: async ({ data }) => {
      if (data) await arrive(data.slug, data.me);
    },
  });
  const accept = useMutation({
    mutationFn: () => client.POST('/api/v1/invitation-acceptances', { body: { token: known } }),
    onSuccess: async ({ data }) => {
      if (data) await arrive(data.slug, await queryClient.fetchQuery({ ...meQuery, staleTime: 0 }));
    },
  });
  const shown = invitation.data;
  const problem = problemOfChange(join.error);
  const same = me.data?.user.email.toLowerCase() === shown?.email.toLowerCase();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() && password) join.mutate();
  };
  return (
    <AccessCard>
      <h1>{t('invitation.title')}</h1>
      {invitation.isError || (invitation.isSuccess && !shown) ? (
        <Notice tone="critical">
          {t(
            invitation.error instanceof ApiProblem && invitation.error.status === 0
              ? 'password.problem.offline'
              : 'invitation.gone',
          )}
        </Notice>
      ) : !shown ? (
        <p className="quiet">{t('common:state.loading')}</p>
      ) : (
        <>
          <p>
            {t('invitation.text', {
              workspace: shown.workspace,
              role: shown.role_name ?? t(`common:role.${shown.role}`, { defaultValue: shown.role }),
              email: shown.email,
            })}
          </p>
          {!shown.has_account ? (
            <form onSubmit={submit} noValidate>
              {problem ? (
                <Notice tone="critical">
                  {t(problem === 'link' ? 'invitation.gone' : `password.problem.${problem}`)}
                </Notice>
              ) : null}
              <TextInput
                label={t('invitation.name')}
                value={name}
                maxLength={120}
                autoComplete="name"
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <NewPassword value={password} onChange={setPassword} error={join.error} />
              <p className="label">{t('invitation.factor')}</p>
              <Button primary type="submit" busy={join.isPending}>
                {t('invitation.join')}
              </Button>
            </form>
          ) : me.isPending ? (
            <p className="quiet">{t('common:state.loading')}</p>
          ) : !me.data || me.data.next !== null ? (
            <>
              <p>{t('invitation.signInText', { email: shown.email })}</p>
              <Button
                primary
                onClick={() => void navigate({ to: '/sign-in', search: { next: '/invitation' } })}
              >
                {t('invitation.signIn')}
              </Button>
            </>
          ) : same ? (
            <>
              {accept.isError ? <Notice tone="critical">{t('invitation.gone')}</Notice> : null}
              <Button primary busy={accept.isPending} onClick={() => accept.mutate()}>
                {t('invitation.accept', { workspace: shown.workspace })}
              </Button>
            </>
          ) : (
            <>
              <Notice tone="caution">
                {t('invitation.another', { email: shown.email, mine: me.data.user.email })}
              </Notice>
              <Button
                onClick={() => {
                  signOut();
                  void router.invalidate();
                }}
              >
                {t('common:action.signOut')}
              </Button>
            </>
          )}
        </>
      )}
    </AccessCard>
  );
}
