/** A new workspace: company, country, time zone, currency, language; then the second factor, then the modules. */
import { Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client } from '~/lib/api';
import { countryName, intlLocale } from '~/lib/format';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { type Me, meQuery } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { Notice } from '~/ui/states';
import { browserZone, OutsideFrame } from './frame';

/** ISO 3166-1 codes of the countries that vendors of Amazon sit in; the list is for choosing, the API takes any. */
const COUNTRIES =
  'AE AT AU BE BR CA CH CZ DE DK EG ES FI FR GB IE IN IT JP KR LU MX NL NO PL PT SA SE SG TR US ZA';

export function NewWorkspace({ me }: { me: Me }): JSX.Element {
  const { t, i18n } = useTranslation(['workspaces', 'common']);
  const queryClient = useQueryClient();
  const router = useRouter();
  const mine = api.useQuery('get', '/api/v1/workspaces', {});
  const [company, setCompany] = useState('');
  const [country, setCountry] = useState(me.workspaces[0]?.country ?? 'FR');
  const [zone, setZone] = useState(browserZone());
  const [currency, setCurrency] = useState(me.workspaces[0]?.currency ?? 'EUR');
  const [language, setLanguage] = useState<Language>(i18n.language as Language);
  const [tried, setTried] = useState(false);
  useEffect(() => {
    document.title = `${t('create.title')} · OKTee`;
  }, [t]);
  const create = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/workspaces', {
        body: { company, country, time_zone: zone, currency, language },
      });
      return data;
    },
    onSuccess: async (made) => {
      if (!made) return;
      await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
      // Who owes a second factor is led through its set-up first, and lands here afterwards.
      router.history.push(`/${made.slug}/administration/start`);
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error : null;
  const wrong = (field: string) => problem?.errors.find((each) => each.pointer === `/${field}`)?.message;
  const locale = intlLocale(i18n.language);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (company.trim()) create.mutate();
  };
  return (
    <OutsideFrame me={me}>
      <PageHeader title={t('create.title')} />
      <p className="quiet form-lead">{t('create.text')}</p>
      {mine.data && !mine.data.may_create ? <Notice tone="caution">{t('create.invited')}</Notice> : null}
      {problem && problem.errors.length === 0 ? (
        <Notice tone="critical">
          {problem.status === 429
            ? t('create.tooMany')
            : problem.code === 'sign_up_by_invitation'
              ? t('create.invited')
              : t('failed')}
        </Notice>
      ) : null}
      <form className="outside-form card" onSubmit={submit} noValidate>
        <TextInput
          label={t('create.company')}
          value={company}
          maxLength={120}
          autoComplete="organization"
          onChange={(event) => setCompany(event.currentTarget.value)}
          error={(tried && !company.trim() ? t('create.missing') : undefined) ?? wrong('company')}
        />
        <Select
          label={t('create.country')}
          data={COUNTRIES.split(' ').map((code) => ({ value: code, label: countryName(code, locale) }))}
          value={country}
          onChange={(next) => next && setCountry(next)}
          allowDeselect={false}
          searchable
        />
        <Select
          label={t('create.zone')}
          data={zones(zone)}
          value={zone}
          onChange={(next) => next && setZone(next)}
          error={wrong('time_zone')}
          allowDeselect={false}
          searchable
          limit={60}
        />
        <Select
          label={t('create.currency')}
          data={mine.data?.currencies ?? [currency]}
          value={currency}
          onChange={(next) => next && setCurrency(next)}
          allowDeselect={false}
          searchable
        />
        <Select
          label={t('create.language')}
          data={LANGUAGES.map((each) => ({ value: each, label: LANGUAGE_NAMES[each] }))}
          value={language}
          onChange={(next) => next && setLanguage(next as Language)}
          allowDeselect={false}
        />
        <p className="label">{t('create.factor')}</p>
        <Button primary type="submit" busy={create.isPending}>
          {t('create.save')}
        </Button>
        <Link to="/workspaces">{t('title')}</Link>
      </form>
    </OutsideFrame>
  );
}

function zones(mine: string): string[] {
  const all = Intl.supportedValuesOf('timeZone');
  return all.includes(mine) ? all : [mine, ...all];
}
