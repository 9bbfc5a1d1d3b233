/** An address whose filter cannot be read: which one, why, and the way to go on without it. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { EmptyState } from '~/ui/states';
import { FIELDS, type Field, type OrdersSearch } from '../orders_search';
import { useFilterWords } from './use_words';

interface Fault {
  field: Field;
  code: string;
  message: string;
}

/** The filters of this address that the server could not read; none for any other failure. */
export function filterFaults(error: unknown): Fault[] {
  if (!(error instanceof ApiProblem) || error.status !== 422) return [];
  const found = error.errors.map(({ pointer, code, message }) => ({
    field: pointer.replace(/^\/filter\//, '') as Field,
    code,
    message,
  }));
  return found.every(({ field }) => field in FIELDS) ? found : [];
}

export function BadFilter({
  faults,
  search,
  onSearch,
}: {
  faults: Fault[];
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  const problems = useProblems();
  const say = useFilterWords();
  return (
    <EmptyState
      title={t('badFilter.title', {
        count: faults.length,
        fields: faults.map(({ field }) => say.field(field)).join(', '),
      })}
      action={
        <Button
          primary
          onClick={() => onSearch(Object.fromEntries(faults.map(({ field }) => [field, undefined])))}
        >
          {t('badFilter.clear', { count: faults.length })}
        </Button>
      }
    >
      {faults.map(({ field, code, message }) => (
        <p key={field}>
          {t('badFilter.why', {
            field: say.field(field),
            value: (search[field] ?? '').slice(0, 60),
            why: problems.field({ code, message }),
          })}
        </p>
      ))}
      <p>{t('badFilter.text')}</p>
    </EmptyState>
  );
}
