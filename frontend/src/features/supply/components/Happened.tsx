/** Events as short sentences that lead to what they are about. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useEventText } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { useActorName } from '~/ui/Provenance';
import { EmptyState } from '~/ui/states';
import { Timeline } from '~/ui/Timeline';
import { fold } from './folding';

type Event = Schemas['Event'];

/** The object types whose pages exist. */
export function isOrder(object: Event['object']): boolean {
  return object?.type === 'order' || object?.type === 'purchase_order';
}

/** Kinds whose sentence names its own subject; every other one begins with the verb of its actor. */
const OWN_SUBJECT: ReadonlySet<string> = new Set([
  'answer.unknown',
  'answer.superseded',
  'order.answered_outside',
  'connection.claim_attempted',
  'vault.aad_failure',
]);

export function Happened({
  events,
  zone,
  linked = true,
}: {
  events: Event[];
  zone?: string;
  /** On the page of the object itself there is nowhere to lead. */
  linked?: boolean;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'exceptions', 'lists']);
  const text = useEventText();
  const format = useFormats();
  const nameOf = useActorName();
  const workspace = useWorkspace();
  const sentence = (event: Event): string => {
    const what = text(event);
    if (event.actor.type === 'outside') return what;
    const who = nameOf(event.actor);
    // The name of a set of rules may be plural, so it does not stand as a subject.
    return event.actor.type === 'rule' || OWN_SUBJECT.has(event.kind)
      ? t('common:saying', { who, what })
      : `${who} ${what}`;
  };
  // A run may be about many orders, or about one again and again.
  const howOften = (run: Event[]): string => {
    const orders = new Set(run.map((one) => one.object?.id)).size;
    return orders > 1 ? t('lists:log.times', { count: orders }) : t('lists:log.again', { count: run.length });
  };
  if (events.length === 0) {
    // For a reader with a scope the list may be empty although much happened.
    return (
      <EmptyState title={t(workspace.scope ? 'seen.noEvents' : 'happened.none')}>
        {workspace.scope ? t('seen.events') : null}
      </EmptyState>
    );
  }
  return (
    <Timeline
      {...(zone ? { zone } : {})}
      entries={fold(events, (at) => format.date(at)).map(({ event, more }) => ({
        id: event.id,
        at: event.at,
        actor: event.actor,
        outcome: event.outcome,
        children: (
          <>
            {sentence(event)}
            {more.length > 0 ? ` (${howOften([event, ...more])})` : null}
            {linked && event.object && isOrder(event.object) ? (
              <>
                {' '}
                <Link
                  className="mono"
                  to="/$workspace/supply/orders/$orderId"
                  params={{ workspace: workspace.slug, orderId: event.object.id }}
                >
                  {event.object.label}
                </Link>
              </>
            ) : linked && event.object?.type === 'exception' ? (
              <>
                {' '}
                <Link
                  to="/$workspace/supply/exceptions"
                  params={{ workspace: workspace.slug }}
                  search={{ exception: event.object.id }}
                >
                  {t(`exceptions:cause.${event.object.label}`, { defaultValue: event.object.label })}
                </Link>
              </>
            ) : null}
          </>
        ),
      }))}
    />
  );
}
