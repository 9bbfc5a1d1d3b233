/** The parts of the filter row: the number that is looked for, and the filters in words, each with a way out. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '~/ui/Icon';
import type { OrdersSearch } from './orders_search';

const TYPING_MS = 250;

export function SearchField({
  value,
  onChange,
}: {
  value: string;
  onChange(value: string): void;
}): JSX.Element {
  const { t } = useTranslation('supply');
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // The address changed by itself (back, a cleared chip): the field follows it.
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      onChange(typed.trim());
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <input
      id="orders-search"
      type="search"
      placeholder={t('orders.search')}
      aria-label={t('orders.search')}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

export function Chips({
  search,
  onSearch,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status']);
  const chips = [
    search.status
      ? {
          name: 'status' as const,
          words: t('orders.chip.status', { value: t(`status:order.${search.status}`) }),
        }
      : null,
    search.brand ? { name: 'brand' as const, words: t('orders.chip.brand', { value: search.brand }) } : null,
    search.q ? { name: 'q' as const, words: t('orders.chip.q', { value: search.q }) } : null,
  ].filter((chip) => chip !== null);
  return (
    <>
      {chips.map((chip) => (
        <span key={chip.name} className="filter-chip">
          {chip.words}
          <button
            type="button"
            aria-label={t('orders.chip.remove', { filter: chip.words })}
            onClick={() => onSearch({ [chip.name]: undefined })}
          >
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
    </>
  );
}
