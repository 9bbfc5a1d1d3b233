/** One line of the event log, with its payload on request. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useEventText } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Provenance, useRuleName } from '~/ui/Provenance';
import { isOrder } from './Happened';

type Event = Schemas['Event'];

export function LogRow({
  event,
  more = 0,
  unfolded = false,
  onUnfold,
  open,
  active,
  onActive,
  onToggle,
  onChain,
}: {
  event: Event;
  /** So many more of the same follow, and are folded into this one. */
  more?: number;
  unfolded?: boolean;
  onUnfold?(): void;
  open: boolean;
  /** The keys are on this row. */
  active: boolean;
  onActive(): void;
  onToggle(): void;
  onChain(chain: string): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'status', 'exceptions', 'lists']);
  const format = useFormats();
  const text = useEventText();
  const workspace = useWorkspace();
  const ruleName = useRuleName();
  const tone =
    event.outcome === 'failed' ? 'tone-critical' : event.outcome === 'held' ? 'tone-caution' : 'label';
  return (
    <li className="log-item" data-event={event.id}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a press anywhere on the row only puts the keys on it. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: J and K move over the rows. */}
      <div className={active ? 'log-row log-row-active' : 'log-row'} onClick={onActive}>
        <time className="mono" dateTime={event.at} title={format.dateTime(event.at, { seconds: true })}>
          {format.time(event.at, { seconds: true })}
        </time>
        <Provenance actor={event.actor} />
        <span className="log-text">
          {text(event)}
          {more > 0 ? (
            <>
              {' '}
              <button type="button" className="log-more" aria-expanded={unfolded} onClick={onUnfold}>
                {t('lists:log.times', { count: more + 1 })}
              </button>
            </>
          ) : null}
        </span>
        <span className="log-object">
          {event.object && isOrder(event.object) ? (
            <Link
              className="mono"
              to="/$workspace/supply/orders/$orderId"
              params={{ workspace: workspace.slug, orderId: event.object.id }}
            >
              {event.object.label}
            </Link>
          ) : event.object?.type === 'exception' ? (
            <Link
              to="/$workspace/supply/exceptions"
              params={{ workspace: workspace.slug }}
              search={{ exception: event.object.id }}
            >
              {t(`exceptions:cause.${event.object.label}`, { defaultValue: event.object.label })}
            </Link>
          ) : (
            ruleName(event.object?.label ?? '')
          )}
        </span>
        <span className={`log-outcome ${tone}`}>{t(`status:eventOutcome.${event.outcome}`)}</span>
        <button
          type="button"
          className="log-open"
          aria-expanded={open}
          aria-label={t('log.payload')}
          onClick={onToggle}
        >
          <Icon name={open ? 'down' : 'right'} size={12} />
        </button>
      </div>
      {open ? (
        <div className="log-payload">
          <dl className="log-facts">
            <dt>{t('log.kindOf')}</dt>
            <dd className="mono">{event.kind}</dd>
            {event.country ? (
              <>
                <dt>{t('column.market')}</dt>
                <dd>{event.country}</dd>
              </>
            ) : null}
            <dt>{t('log.stored')}</dt>
            <dd>{t(event.log === 'audit' ? 'log.audit' : 'log.event')}</dd>
            {event.correlation_id ? (
              <>
                <dt>{t('log.chain')}</dt>
                <dd>
                  <Button quiet onClick={() => event.correlation_id && onChain(event.correlation_id)}>
                    {t('log.sameChain')}
                  </Button>
                </dd>
              </>
            ) : null}
          </dl>
          <pre className="mono">{JSON.stringify(event.payload, null, 2)}</pre>
        </div>
      ) : null}
    </li>
  );
}
