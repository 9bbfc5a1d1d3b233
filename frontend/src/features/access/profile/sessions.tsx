/** Profile, the sessions: where the person is signed in, and ending one or all others. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { FailedState, SkeletonCard } from '~/ui/states';
import { deviceName } from '../enrol';

export function SessionsSection(): JSX.Element {
  const { t } = useTranslation('access');
  const format = useFormats();
  const now = useNow(60_000);
  const queryClient = useQueryClient();
  const found = api.useQuery('get', '/api/v1/me/sessions');
  const refresh = (): Promise<void> =>
    queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/me/sessions'] });
  const end = useMutation({
    mutationFn: (session_id: string) =>
      client.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id } } }),
    onSettled: refresh,
  });
  const endOthers = useMutation({
    mutationFn: () => client.DELETE('/api/v1/me/sessions'),
    onSettled: refresh,
  });
  if (found.isPending) return <SkeletonCard lines={3} />;
  if (found.isError)
    return (
      <FailedState what={t('profile.sessions')} error={found.error} onRetry={() => void found.refetch()} />
    );
  const { sessions, idle_minutes, most } = found.data;
  return (
    <Card title={t('profile.sessions')}>
      <p className="label">
        {t('profile.sessionsText', { idle: format.duration(idle_minutes * 60), count: most })}
      </p>
      <ul className="profile-list">
        {sessions.map((session) => (
          <li key={session.id}>
            <span>
              <b>{deviceName(session.user_agent)}</b>{' '}
              <span className="label">
                {session.address} ·{' '}
                {session.current
                  ? t('profile.thisSession')
                  : t('profile.lastSeen', { at: format.age(session.last_seen_at, now) })}{' '}
                · {t('profile.began', { at: format.dateTime(session.created_at) })}
              </span>
            </span>
            {session.current ? null : (
              <Button
                quiet
                onClick={() => end.mutate(session.id)}
                aria-label={t('profile.endNamed', { name: deviceName(session.user_agent) })}
              >
                {t('profile.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Button
        onClick={() => endOthers.mutate()}
        busy={endOthers.isPending}
        reason={sessions.length > 1 ? null : t('profile.noOthers')}
      >
        {t('profile.endOthers')}
      </Button>
    </Card>
  );
}
