/** One authorisation by Amazon: its state, until when it holds, what streams through it, and how to end it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Tag, type Tone } from '~/ui/Status';
import { Notice } from '~/ui/states';
import { StreamList } from './StreamList';
import { SyncRuns } from './SyncRuns';
import { WriteStop } from './WriteStop';

type Connection = Schemas['Connection'];

const TONES: Record<string, Tone> = {
  active: 'positive',
  pending_verification: 'caution',
  reauthorization_due: 'caution',
  reauthorization_required: 'critical',
  revoked: 'critical',
  suspended: 'critical',
  disconnected: 'neutral',
};
const ENDED: ReadonlySet<string> = new Set(['revoked', 'disconnected']);
/** Days before the end at which the countdown warns. */
const WARN_DAYS = 60;

export function ConnectionCard({ connection }: { connection: Connection }): JSX.Element {
  const { t } = useTranslation(['administration', 'common', 'status']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('connection.manage');
  const [leaving, setLeaving] = useState(false);
  const ended = ENDED.has(connection.status);
  const homeCountry =
    connection.marketplaces.find((market) => market.id === connection.home_marketplace_id)?.country ??
    connection.marketplaces[0]?.country ??
    '';
  const path = { workspace: workspace.slug, connection_id: connection.id };

  const renew = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/connections/authorizations', {
        params: { path: { workspace: workspace.slug } },
        body: { marketplace_id: connection.home_marketplace_id, connection_id: ended ? null : connection.id },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const disconnect = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/connections/{connection_id}', { params: { path } }),
    onSuccess: async () => {
      setLeaving(false);
      await queryClient.invalidateQueries();
    },
  });
  const facts = [
    {
      name: t('connection.sellingPartner'),
      value: <span className="mono">{connection.selling_partner_id}</span>,
    },
    {
      name: t('connection.vendorCodes'),
      value: (
        <span className="mono">
          {connection.vendor_codes.map((vendor) => `${vendor.code} (${vendor.country})`).join(', ') || '–'}
        </span>
      ),
    },
    {
      name: t('connection.marketplaces'),
      value: connection.marketplaces.map((market) => format.country(market.country)).join(', '),
    },
    {
      name: t('connection.authorized'),
      value: connection.authorized_at
        ? t('connection.authorizedBy', {
            who: connection.authorized_by ?? '–',
            at: format.date(connection.authorized_at),
          })
        : '–',
    },
    {
      name: t('connection.roles'),
      value: connection.application.roles.join(', ') || '–',
    },
    {
      name: t(ended ? 'connection.ended' : 'connection.renewBefore'),
      value: ended
        ? format.dateTime(connection.ended_at)
        : connection.expires_at
          ? t('connection.daysLeft', {
              at: format.date(connection.expires_at),
              count: connection.days_left ?? 0,
            })
          : '–',
    },
  ];
  return (
    <section className="card" aria-label={connection.name}>
      <div className="connection-head">
        <h2>{connection.name}</h2>
        <Tag tone={TONES[connection.status] ?? 'neutral'}>
          {t(`status:connection.${connection.status}`, { defaultValue: connection.status })}
        </Tag>
        <span className="label">
          {t(`region.${connection.region.toLowerCase()}`, { defaultValue: connection.region })} ·{' '}
          {connection.application.name}
        </span>
        <span className="connection-actions">
          <Button reason={denied} busy={renew.isPending} onClick={() => renew.mutate()}>
            {t(ended ? 'connection.reconnect' : 'connection.renew')}
          </Button>
          {ended ? null : (
            <Button danger reason={denied} onClick={() => setLeaving(true)}>
              {t('connection.disconnect')}
            </Button>
          )}
        </span>
      </div>
      {renew.isError ? <Notice tone="critical">{t('connection.renewFailed')}</Notice> : null}
      {connection.status === 'revoked' ? (
        <Notice tone="critical">
          {t('connection.revoked', { at: format.dateTime(connection.ended_at) })}
        </Notice>
      ) : null}
      {connection.status === 'disconnected' ? (
        <Notice tone="neutral">
          {t('connection.disconnected', { at: format.dateTime(connection.ended_at) })}
        </Notice>
      ) : null}
      {connection.status === 'reauthorization_required' ? (
        <Notice tone="critical">
          {t('connection.lapsed', { at: format.dateTime(connection.ended_at ?? connection.expires_at) })}
        </Notice>
      ) : null}
      {connection.status === 'suspended' ? (
        <Notice tone="critical">
          {t(connection.auth_mode === 'private_app' ? 'connection.suspendedOwn' : 'connection.suspended')}
        </Notice>
      ) : null}
      {connection.roles_added.length ? (
        <Notice tone="caution">
          {t('connection.rolesAdded', { roles: connection.roles_added.join(', ') })}
        </Notice>
      ) : null}
      {connection.needs_consent.length ? (
        <Notice tone="caution">
          {t('connection.needsConsent', {
            modules: connection.needs_consent
              .map((name) => t(`common:family.${name}`, { defaultValue: name }))
              .join(', '),
          })}
        </Notice>
      ) : null}
      {!ended && connection.days_left !== null && connection.days_left <= WARN_DAYS ? (
        <Notice tone="caution">{t('connection.expiring', { count: connection.days_left })}</Notice>
      ) : null}
      <dl className="facts-grid">
        {facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {connection.manage_url && !ended ? (
        <details className="form-note">
          <summary>{t('manage.title')}</summary>
          <ol className="where-to-click">
            <li>
              <a href={connection.manage_url} target="_blank" rel="noreferrer">
                {t('manage.open', { country: format.country(homeCountry) })}
              </a>
            </li>
            <li>{t('manage.find', { application: connection.application.name })}</li>
            <li>{t('manage.disable')}</li>
            <li>{t('manage.notice')}</li>
          </ol>
        </details>
      ) : null}
      {ended ? null : <WriteStop connectionId={connection.id} />}
      <StreamList connection={connection} />
      <SyncRuns connectionId={connection.id} />
      <Dialog
        title={t('leave.title', { name: connection.name })}
        opened={leaving}
        onClose={() => setLeaving(false)}
        footer={
          <>
            <Button data-autofocus onClick={() => setLeaving(false)}>
              {t('common:action.cancel')}
            </Button>
            <Button danger busy={disconnect.isPending} onClick={() => disconnect.mutate()}>
              {t('leave.submit')}
            </Button>
          </>
        }
      >
        {disconnect.isError ? <Notice tone="critical">{t('leave.failed')}</Notice> : null}
        <p className="strong">{t('leave.now')}</p>
        <ul className="bullets">
          <li>{t('leave.clocks', { count: connection.unanswered_orders })}</li>
          <li>{t('leave.scheduled')}</li>
        </ul>
        <p className="strong">{t('leave.after')}</p>
        <ul className="bullets">
          <li>{t('leave.noData')}</li>
          <li>{t('leave.token')}</li>
        </ul>
        <p className="strong">{t('leave.stays')}</p>
        <ul className="bullets">
          <li>{t('leave.stored')}</li>
        </ul>
        <p className="label">{t('leave.onAmazon')}</p>
      </Dialog>
    </section>
  );
}
