/** Whether the sources this page stands on are well: state, age, next run. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { EmptyState } from '~/ui/states';

export function HealthCard({ health }: { health: Schemas['CommandCenter']['health'] }): JSX.Element {
  const { t } = useTranslation(['supply', 'status']);
  const format = useFormats();
  const now = useNow(30_000);
  const workspace = useWorkspace();
  return (
    <Card
      title={t('health.title')}
      aside={
        <Link to="/$workspace/administration/connections" params={{ workspace: workspace.slug }}>
          {t('health.all')}
        </Link>
      }
    >
      {health.length === 0 ? <EmptyState title={t('health.none')} /> : null}
      <dl className="facts">
        {health.map((source, position) => {
          const kept = source.state === 'circuit_open';
          const at = source.last_success_at ?? source.as_of;
          const counted = typeof source.products === 'number';
          const aged = source.stale || counted || source.state === 'ageing';
          const bad = kept || source.state === 'failed' || source.state === 'paused';
          return (
            <div key={`${source.name} ${position}`}>
              <dt>
                {t(kept ? `status:amazonApi.${source.name}` : `status:stream.${source.name}`, {
                  defaultValue: source.name,
                })}
              </dt>
              <dd>
                <span className={bad ? 'tone-critical strong' : aged ? 'tone-caution strong' : undefined}>
                  {bad || !source.stale
                    ? t(`status:streamState.${source.state}`, { defaultValue: source.state })
                    : t('health.stale')}
                </span>{' '}
                <span className="label">
                  {counted
                    ? t('health.products', { count: source.products ?? 0 })
                    : at
                      ? format.age(at, now)
                      : t('health.never')}
                  {source.next_due_at
                    ? ` · ${t('health.next', { at: format.time(source.next_due_at) })}`
                    : ''}
                  {kept ? ` · ${t('health.circuit')}` : ''}
                </span>
              </dd>
            </div>
          );
        })}
      </dl>
    </Card>
  );
}
