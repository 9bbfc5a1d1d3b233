/** What an exception is about, and what it is worth and may wait: the same in a list and beside it. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { Clock } from '~/ui/Clock';
import { Icon } from '~/ui/Icon';
import { Money } from '~/ui/Money';

type Row = Schemas['ExceptionRow'];

export function ExceptionHead({ row, also }: { row: Row; also?: string | null }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const workspace = useWorkspace();
  return (
    <>
      {row.order_id ? (
        <Link
          className="mono order-link strong"
          to="/$workspace/supply/orders/$orderId"
          params={{ workspace: workspace.slug, orderId: row.order_id }}
        >
          {row.po_number}
        </Link>
      ) : (
        <span className="strong">{row.vendor_code ?? row.sku}</span>
      )}{' '}
      <span className="label">
        {[row.country, row.sequence ? t('line', { number: row.sequence }) : null, also]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </>
  );
}

/** A rush order has a limit of our own before Amazon's deadline: the clock stays Amazon's, and it is said beside it. */
function OwnLimit({ at }: { at: string }): JSX.Element {
  const { t } = useTranslation('orderpage');
  const format = useFormats();
  const now = useNow(60_000);
  const own = t('clock.ownAt', { at: format.dateTime(at) });
  return Date.parse(at) < now ? (
    <span className="tone-critical" title={own}>
      {' '}
      {t('clock.rushPassed')}
    </span>
  ) : (
    <span title={own}>
      {' '}
      <Icon name="bang" size={12} />
      <span className="visually-hidden">{own}</span>
    </span>
  );
}

export function ExceptionFacts({ row }: { row: Row }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const format = useFormats();
  return (
    <>
      {row.state === 'snoozed' ? (
        <span className="label">
          {row.snoozed_until
            ? t('until', { at: format.dateTime(row.snoozed_until) })
            : row.until_change
              ? t('untilChange')
              : null}
        </span>
      ) : null}
      {row.due_at && row.state !== 'resolved' ? (
        <span>
          <Clock until={row.due_at} />
          {row.hold_due_at ? <OwnLimit at={row.hold_due_at} /> : null}
        </span>
      ) : null}
      {row.asked !== null ? <span>{t('asked', { units: format.count(row.asked) })}</span> : null}
      {row.value !== null ? <Money amount={row.value} currency={row.currency} named /> : null}
    </>
  );
}
