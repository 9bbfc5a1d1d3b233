/** Why this person may not send an answer that ends a product at Amazon, and who may; and what they end where they may. */
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useMay, useSession } from '~/lib/session';
import { evaluate, HARD, type Line, type LineEdit, reasonOf } from './line_edits';

export interface SecondPerson {
  /** Null: this person may send it. */
  denied: string | null;
  /** Lines of which somebody else chose to tell Amazon for good, as they would be answered now. */
  ends: Line[];
}

/** Why this person may not send an answer that waits for a second one, and who may; null where they may. */
export function useWhoMay(): (second: Pick<Schemas['SecondPerson'], 'chose' | 'may'>) => string | null {
  const { t, i18n } = useTranslation('doors');
  const { me } = useSession();
  const mayRejectHard = useMay('orders.reject_hard');
  return (second) => {
    const mine = second.chose.includes(me.user.id);
    if (!mine && mayRejectHard) return null;
    const names = new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(second.may);
    return [
      t(mine ? 'second.mine' : 'second.right'),
      second.may.length > 0 ? t('second.may', { names }) : mine ? t('second.nobody') : '',
    ]
      .filter(Boolean)
      .join(' ');
  };
}

export function useSecondPerson(
  order: Schemas['OrderDetail'],
  edits: ReadonlyMap<string, LineEdit>,
): SecondPerson {
  const { t } = useTranslation('doors');
  const whoMay = useWhoMay();
  if (!order.two_people) return { denied: null, ends: [] };
  let typed = false;
  const standing: Line[] = [];
  for (const line of order.lines) {
    const edit = edits.get(line.sequence);
    const result = evaluate(line, edit);
    if (line.cancelled || !result.cut) continue;
    if (edit && result.edited) typed ||= HARD.has(reasonOf(edit, result));
    else if (HARD.has(line.rejection_reason ?? '')) standing.push(line);
  }
  const second = order.second_person;
  const ends = second ? standing : [];
  if (typed) return { denied: t('second.typed'), ends };
  if (!second || ends.length === 0) return { denied: null, ends };
  return { denied: whoMay(second), ends };
}
