/** Profile, reading: language, numbers, time zone, first day of the week; and how the pages look. */
import { Select, useMantineColorScheme } from '@mantine/core';
import { type JSX, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeLanguage } from '~/lib/account';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { useSingleKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { type Preferences, usePreferences } from '~/lib/preferences';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { Segmented } from '~/ui/Segmented';
import { Notice } from '~/ui/states';

const STYLES = ['en-GB', 'en-US', 'fr-FR', 'de-DE', 'de-CH'] as const;

export function ReadingSection(): JSX.Element {
  const { t, i18n } = useTranslation(['access', 'common']);
  const workspace = useWorkspace();
  const format = useFormats();
  const now = useNow(60_000);
  const speak = useChangeLanguage();
  const { preferences, save } = usePreferences();
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const example = (locale: string): string =>
    new Intl.NumberFormat(locale, { style: 'currency', currency: workspace.currency }).format(1234567.89);
  return (
    <Card title={t('profile.reading')} aside={save.isSuccess ? t('common:profile.saved') : null}>
      {save.isError ? <Notice tone="critical">{t('profile.notSaved')}</Notice> : null}
      <div className="stack">
        <div>
          <p className="label">{t('common:profile.language')}</p>
          <Segmented<Language>
            label={t('common:profile.language')}
            value={i18n.language as Language}
            onChange={speak}
            segments={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
          />
          <p className="label profile-note">{t('common:profile.languageText')}</p>
        </div>
        <Select
          label={t('profile.numberStyle')}
          data={[
            { value: '', label: t('profile.asLanguage') },
            ...STYLES.map((style) => ({ value: style, label: example(style) })),
          ]}
          value={preferences.number_style ?? ''}
          allowDeselect={false}
          onChange={(value) =>
            save.mutate({ number_style: (value || null) as Preferences['number_style'] & string })
          }
        />
        <Select
          label={t('profile.zone')}
          description={t('common:profile.zoneText')}
          data={[{ value: '', label: t('profile.asWorkspace', { zone: workspace.time_zone }) }, ...zones]}
          value={preferences.time_zone ?? ''}
          searchable
          allowDeselect={false}
          onChange={(value) => save.mutate({ time_zone: value || null })}
        />
        <p className="label">
          {t('profile.preview', {
            example: [
              format.money('1234567.89', workspace.currency),
              format.percent('0.884'),
              format.dateTime(new Date(now).toISOString()),
            ].join(' · '),
          })}
        </p>
      </div>
    </Card>
  );
}

export function LookSection(): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const { preferences, save } = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [singleKeys, setSingleKeys] = useSingleKeys();
  return (
    <Card title={t('profile.look')}>
      <div className="stack">
        <div>
          <p className="label">{t('common:profile.theme')}</p>
          <Segmented
            label={t('common:profile.theme')}
            value={colorScheme}
            onChange={(scheme) => {
              setColorScheme(scheme);
              save.mutate({ theme: scheme === 'auto' ? 'system' : scheme });
            }}
            segments={(['auto', 'light', 'dark'] as const).map((scheme) => ({
              value: scheme,
              label: t(`common:theme.${scheme}`),
            }))}
          />
        </div>
        <div>
          <p className="label">{t('profile.density')}</p>
          <Segmented
            label={t('profile.density')}
            value={preferences.density ?? 'compact'}
            onChange={(density) => save.mutate({ density })}
            segments={(['compact', 'comfortable'] as const).map((density) => ({
              value: density,
              label: t(`profile.densityOf.${density}`),
            }))}
          />
        </div>
        <label className="cluster">
          <input
            type="checkbox"
            checked={singleKeys}
            onChange={(event) => {
              setSingleKeys(event.target.checked);
              save.mutate({ shortcuts: event.target.checked });
            }}
          />
          {t('common:keys.single')}
        </label>
      </div>
    </Card>
  );
}
