/** The public page Trust: security, privacy, the agreement and the sub-processors, readable without an account. */
import { Link } from '@tanstack/react-router';
import { Fragment, type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { changeLanguage, LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { Card } from '~/ui/Card';
import { Segmented } from '~/ui/Segmented';
import { FailedState, SkeletonCard } from '~/ui/states';
import { ProcessorTable, Words } from './agreement';
import { CATEGORIES } from './map';
import './privacy.css';

const SECTIONS = ['security', 'privacy', 'agreement', 'processors'] as const;

export function TrustPages(): JSX.Element {
  const { t, i18n } = useTranslation(['privacy', 'common']);
  const language = i18n.language as Language;
  const found = api.useQuery('get', '/api/v1/trust', { params: { query: { language } } });
  useEffect(() => {
    document.title = `${t('trust.title')} · OKTee`;
  }, [t]);
  return (
    <main className="trust">
      <header className="trust-head">
        <Link to="/sign-in" className="trust-brand">
          OK<i>Tee</i>
        </Link>
        <Segmented<Language>
          label={t('common:profile.language')}
          value={language}
          onChange={(chosen) => void changeLanguage(chosen)}
          segments={LANGUAGES.map((each) => ({ value: each, label: LANGUAGE_NAMES[each] }))}
        />
      </header>
      <h1>{t('trust.title')}</h1>
      <p className="quiet">{t('trust.text')}</p>
      <nav aria-label={t('trust.title')} className="trust-nav">
        {SECTIONS.map((section) => (
          <a key={section} href={`#${section}`}>
            {t(`trust.${section}`)}
          </a>
        ))}
      </nav>
      {found.isError ? (
        <FailedState what={t('trust.title')} error={found.error} onRetry={() => void found.refetch()} />
      ) : found.isPending ? (
        <SkeletonCard lines={12} />
      ) : (
        <>
          <Security measures={found.data.measures} />
          <Privacy found={found.data} />
          <section id="agreement">
            <Card
              title={t('trust.agreement')}
              aside={t('dpa.version', { version: found.data.agreement_version })}
            >
              <div className="trust-words">
                <Words text={found.data.agreement} />
              </div>
            </Card>
          </section>
          <Processors found={found.data} />
        </>
      )}
    </main>
  );
}

function Security({ measures }: { measures: Schemas['MeasureRow'][] }): JSX.Element {
  const { t } = useTranslation('privacy');
  const about = [...new Set(measures.map((measure) => measure.about))];
  return (
    <section id="security">
      <Card title={t('trust.security')}>
        {about.map((word) => (
          <Fragment key={word}>
            <h3 className="trust-about">{t(`trust.about.${word}`)}</h3>
            <dl className="trust-measures">
              {measures
                .filter((measure) => measure.about === word)
                .map((measure) => (
                  <div key={measure.title}>
                    <dt>{measure.title}</dt>
                    <dd>{measure.text}</dd>
                  </div>
                ))}
            </dl>
          </Fragment>
        ))}
      </Card>
    </section>
  );
}

function Privacy({ found }: { found: Schemas['TrustPages'] }): JSX.Element {
  const { t } = useTranslation('privacy');
  return (
    <section id="privacy">
      <Card title={t('trust.privacy')} aside={t('trust.tables', { count: found.stored.length })} flush>
        <p className="trust-lead">{t('trust.privacyText')}</p>
        <div className="table-scroll">
          <table className="plain-table privacy-table">
            <caption className="visually-hidden">{t('trust.privacy')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('map.what')}</th>
                <th scope="col">{t('map.source')}</th>
                <th scope="col">{t('map.module')}</th>
                <th scope="col">{t('map.retention')}</th>
                <th scope="col">{t('trust.basis')}</th>
              </tr>
            </thead>
            <tbody>
              {CATEGORIES.map((category) => {
                const rows = found.stored.filter((row) => row.category === category);
                if (rows.length === 0) return null;
                return (
                  <Fragment key={category}>
                    <tr className="privacy-group">
                      <th scope="rowgroup" colSpan={5}>
                        {t(`category.${category}`)}
                      </th>
                    </tr>
                    {rows.map((row) => (
                      <tr key={row.table}>
                        <td>{row.purpose}</td>
                        <td data-label={t('map.source')}>{t(`origin.${row.origin}`)}</td>
                        <td data-label={t('map.module')}>{t(`module.${row.module}`)}</td>
                        <td data-label={t('map.retention')}>
                          {t(`retentionText.${row.retention}`, {
                            defaultValue: found.retentions[row.retention] ?? row.retention,
                          })}
                        </td>
                        <td data-label={t('trust.basis')}>
                          {t(`basis.${row.legal_basis}`, {
                            defaultValue: found.legal_bases[row.legal_basis] ?? row.legal_basis,
                          })}
                        </td>
                      </tr>
                    ))}
                  </Fragment>
                );
              })}
            </tbody>
          </table>
        </div>
      </Card>
    </section>
  );
}

function Processors({ found }: { found: Schemas['TrustPages'] }): JSX.Element {
  const { t } = useTranslation('privacy');
  return (
    <section id="processors">
      <Card title={t('trust.processors')} aside={t('processors.notice', { count: found.notice_days })} flush>
        <ProcessorTable rows={found.sub_processors} />
      </Card>
    </section>
  );
}
