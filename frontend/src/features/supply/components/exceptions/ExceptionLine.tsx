import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { knobOf } from '../order/places';
import { ExceptionFacts, ExceptionHead } from './ExceptionHead';
import { Hands } from './Hands';
import { VendorMessage } from './VendorMessage';

type Row = Schemas['ExceptionRow'];

/** One exception in the list of its cause: what it is about, who has it, and what mends it alone. */
export function ExceptionLine({
  row,
  chosen,
  onChoose,
  taking,
  onTake,
  reason,
  onApply,
  onOpen,
}: {
  row: Row;
  chosen: boolean;
  onChoose(): void;
  taking: string;
  onTake(value: string): void;
  reason: string | null;
  onApply(): void;
  onOpen(): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'trace', 'reasons', 'doors', 'teamwork']);
  const format = useFormats();
  const message = useMessage();
  const workspace = useWorkspace();
  const name = row.title ?? row.sku ?? row.asin;
  const mayReadRules = useMay('rules.read');
  const knob = row.message && mayReadRules ? knobOf(row.message.message) : null;
  const takable = row.fixes.includes('take') && row.asked !== null;
  const number = Number(taking);
  const wrong =
    takable && (!Number.isInteger(number) || number < 1 || number > (row.asked ?? 0))
      ? t('takeBetween', { most: format.count(row.asked ?? 0) })
      : null;
  return (
    <li className="exception-row" data-exception={row.id}>
      <input
        type="checkbox"
        checked={chosen}
        onChange={onChoose}
        aria-label={t('choose', { order: row.po_number ?? row.vendor_code ?? '', line: row.sequence ?? '' })}
      />
      <span className="exception-what">
        <span className="exception-head">
          <ExceptionHead row={row} />
        </span>
        <span className="exception-why">
          {name && row.order_id && row.message
            ? t('doors:sheet.lead', { name, text: message(row.message) })
            : row.message
              ? capital(message(row.message), row.message)
              : null}
        </span>
        <Hands row={row} onOpen={onOpen} />
      </span>
      <span className="exception-facts tabular">
        <ExceptionFacts row={row} />
      </span>
      <span className="exception-acts">
        {row.rule_id ? (
          <Link
            className="button"
            to="/$workspace/supply/rules"
            params={{ workspace: workspace.slug }}
            search={
              row.rule_change
                ? {
                    rule: 'new',
                    from: row.rule_id,
                    sku: row.sku ?? undefined,
                    change: row.rule_change as 'more' | 'less' | 'later',
                  }
                : { rule: row.rule_id }
            }
          >
            {t(row.rule_change ? 'fix.change_rule' : 'fix.open_rule')}
          </Link>
        ) : null}
        {knob && row.decided_rule_id ? (
          <Link
            className="button"
            to="/$workspace/supply/rules"
            params={{ workspace: workspace.slug }}
            search={{ rule: row.decided_rule_id, knob }}
          >
            {t('reasons:limit')}
          </Link>
        ) : null}
        <VendorMessage row={row} />
        {takable ? (
          <form
            className="exception-take"
            onSubmit={(event) => {
              event.preventDefault();
              if (!reason && !wrong) onApply();
            }}
          >
            <input
              className="field"
              inputMode="numeric"
              aria-label={t('takeOf', { name: name ?? row.sequence ?? '' })}
              value={taking}
              onChange={(event) => onTake(event.target.value)}
            />
            <Button type="submit" reason={reason ?? wrong}>
              {t('apply')}
            </Button>
          </form>
        ) : null}
      </span>
    </li>
  );
}
