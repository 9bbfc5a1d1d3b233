/** Above every page: who of OKTee looks in until when, what waits for a decision, what is stopped, which connection needs its reader. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';

export function Notices(): JSX.Element | null {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const now = useNow(1000);
  const path = { workspace: workspace.slug };
  const { data } = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/notices',
    { params: { path } },
    { refetchInterval: 60_000, retry: false },
  );
  // The connection page says it on the connection itself, with the buttons beside it.
  const there = useLocation({
    select: ({ pathname }) => pathname.endsWith('/administration/connections'),
  });
  if (!data) return null;
  const connections = there ? [] : data.connections;
  // A grant ends by its own clock: nobody has to be told for the line to go.
  const live = data.support.filter((grant) => Date.parse(grant.expires_at) > now);
  const told = live.length + data.support_requests + data.write_stops.length + connections.length;
  if (told === 0) return null;
  return (
    <div className="shell-notices">
      {live.map((grant) => (
        <LiveSupport key={grant.id} grant={grant} mayEnd={data.may_decide} />
      ))}
      {data.support_requests > 0 ? (
        <Notice
          tone="caution"
          action={
            <Link to="/$workspace/administration/support" params={path}>
              {t('notice.decide')}
            </Link>
          }
        >
          {t('notice.requests', { count: data.support_requests })}
        </Notice>
      ) : null}
      {data.write_stops.map((stop) => (
        <Notice
          key={stop.id}
          tone="critical"
          action={
            stop.connection_id ? (
              <Link to="/$workspace/administration/connections" params={path}>
                {t('notice.connection')}
              </Link>
            ) : undefined
          }
        >
          {t(stop.connection_id ? 'notice.stopOne' : 'notice.stopAll', {
            reason: sentence(stop.reason),
            by: stop.stopped_by,
          })}
        </Notice>
      ))}
      {connections.map((connection) => (
        <ConnectionCare key={connection.id} connection={connection} />
      ))}
    </div>
  );
}

/** A renewal that is due leaves time; in the other states nothing is collected. */
function ConnectionCare({ connection }: { connection: Schemas['ConnectionNotice'] }): JSX.Element {
  const { t } = useTranslation();
  const format = useFormats();
  const workspace = useWorkspace();
  const { status, name } = connection;
  const due = status === 'reauthorization_due';
  const words = {
    reauthorization_due: connection.roles_added ? 'rolesAdded' : 'reauthorization_due',
    reauthorization_required: 'reauthorization_required',
    revoked: 'revoked',
    suspended: connection.own_application ? 'suspendedOwn' : 'suspended',
  }[status];
  return (
    <Notice
      tone={due ? 'caution' : 'critical'}
      action={
        <Link to="/$workspace/administration/connections" params={{ workspace: workspace.slug }}>
          {t('notice.connection')}
        </Link>
      }
    >
      {t(`notice.care.${words}`, {
        name,
        count: connection.days_left,
        at: due
          ? format.date(connection.expires_at)
          : format.dateTime(connection.ended_at ?? connection.expires_at),
      })}
    </Notice>
  );
}

function LiveSupport({ grant, mayEnd }: { grant: Schemas['LiveSupport']; mayEnd: boolean }): JSX.Element {
  const { t, i18n } = useTranslation();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/support/{grant_id}', {
        params: { path: { workspace: workspace.slug, grant_id: grant.id } },
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  const areas = new Intl.ListFormat(i18n.language).format(
    grant.scope.map((area) => t(`notice.area.${area}`, { defaultValue: area })),
  );
  return (
    <Notice
      tone="caution"
      action={
        mayEnd ? (
          <span className="cluster">
            <Link to="/$workspace/administration/support" params={{ workspace: workspace.slug }}>
              {t('notice.log')}
            </Link>
            <Button danger busy={end.isPending} onClick={() => end.mutate()}>
              {t(end.isPending ? 'notice.ending' : 'notice.end')}
            </Button>
          </span>
        ) : undefined
      }
    >
      {t(grant.read_only ? 'notice.support' : 'notice.supportWrites', {
        staff: grant.staff,
        ticket: grant.ticket,
        areas,
        until: format.time(grant.expires_at),
      })}
      {end.isError ? <span className="tone-critical"> {t('notice.endFailed')}</span> : null}
    </Notice>
  );
}

/** Reasons are typed by people; the sentence around them goes on after a full stop. */
function sentence(reason: string): string {
  return /[.!?…]$/.test(reason) ? reason : `${reason}.`;
}
