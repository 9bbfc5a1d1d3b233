/** Why an order waits for a person, before anything else; whose it is, and by when somebody deals with it. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Notice } from '~/ui/states';

type Order = Schemas['OrderDetail'];

const MOST_SAID = 3;

/** What holds the whole of it, else its lines that do. */
export function WhyHeld({ order, whose = false }: { order: Order; whose?: boolean }): JSX.Element | null {
  const { t } = useTranslation(['lists', 'trace', 'status']);
  const message = useMessage();
  const lines = order.lines.filter((one) => one.needs_person && (one.hold.length > 0 || one.taken === null));
  const gates = order.decision?.hold ?? [];
  const said = new Set([...gates, ...lines.flatMap((one) => one.hold)].map((held) => held.message));
  // A person, or what happened after the decision, holds it without a word in the decision itself.
  const own = order.status_detail && !said.has(order.status_detail.message) ? [order.status_detail] : [];
  const whole = [...own, ...gates];
  if (whole.length === 0 && lines.length === 0) return null;
  return (
    <Notice tone="caution">
      {whole.map((held) => (
        <p key={held.message}>{capital(message(held), held)}</p>
      ))}
      {lines.slice(0, MOST_SAID).map((one) => {
        const held = one.hold[0] ?? one.summary;
        return (
          <p key={one.sequence}>
            {t('peek.line', { line: Number(one.sequence) || one.sequence })}
            {held ? ` ${message(held)}` : ` ${t('peek.undecided')}`}
          </p>
        );
      })}
      {lines.length > MOST_SAID ? <p>{t('peek.more', { count: lines.length - MOST_SAID })}</p> : null}
      {whose ? <Whose order={order} /> : null}
    </Notice>
  );
}

function Whose({ order }: { order: Order }): JSX.Element {
  const { t } = useTranslation('orderpage');
  const format = useFormats();
  const workspace = useWorkspace();
  const together = api.useQuery('get', '/api/v1/{workspace}/supply/orders/{order_id}/teamwork', {
    params: { path: { workspace: workspace.slug, order_id: order.id } },
  });
  const zone = { zone: order.time_zone };
  const holder = together.data?.assignee?.name;
  return (
    <p className="label">
      {[
        holder ? t('held.with', { name: holder }) : together.data ? t('held.nobody') : null,
        order.hold_due_at ? t('clock.ownAt', { at: format.dateTime(order.hold_due_at, zone) }) : null,
        t('clock.amazonAt', { at: format.dateTime(order.deadline_at, zone) }),
      ]
        .filter(Boolean)
        .join(' · ')}
    </p>
  );
}
