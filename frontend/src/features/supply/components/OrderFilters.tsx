/** The parts of the filter row: the number that is looked for, and the filters in words, each with a way out. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '~/ui/Icon';
import { useFilterWords } from './list/use_words';
import { FIELD_NAMES, filtersOf, type OrdersSearch } from './orders_search';

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
  const say = useFilterWords();
  const filters = filtersOf(search);
  const chips = [
    ...FIELD_NAMES.flatMap((name) => {
      const value = filters[name];
      return value ? [{ name: name as keyof OrdersSearch, words: say.filter(name, value) }] : [];
    }),
    ...(search.q ? [{ name: 'q' as const, words: t('orders.chip.q', { value: shortened(search.q) }) }] : []),
  ];
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

/** A pasted list of numbers is long: its beginning says which. */
const shortened = (words: string): string => (words.length > 40 ? `${words.slice(0, 38)}…` : words);
