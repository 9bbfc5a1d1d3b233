/** What of the event log is looked at: words, period, who, what, with which end; one object, one chain, one span. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Icon } from '~/ui/Icon';
import { SearchBox } from '~/ui/SearchBox';
import { type EventSearch, spanWords } from './event_search';

const PERIODS = ['hour', 'day', 'week', 'month', 'all'] as const;
const ACTORS = ['rule', 'person', 'amazon', 'system', 'staff', 'outside'];
const KINDS = [
  'order',
  'answer',
  'sync',
  'import',
  'connection',
  'automation',
  'session',
  'support',
  'writes',
];
const OUTCOMES = ['ok', 'failed', 'held', 'info'];

export function LogFilters({
  search,
  since,
  objectName,
  fresh,
  onShow,
  onSearch,
}: {
  search: EventSearch;
  since: NonNullable<EventSearch['since']>;
  objectName: string;
  /** Entries that came and are not shown yet. */
  fresh: number;
  onShow(): void;
  onSearch(change: Partial<EventSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status', 'lists']);
  const format = useFormats();
  const select = (
    name: 'actor' | 'kind' | 'outcome',
    options: string[],
    words: (option: string) => string,
  ): JSX.Element => (
    <select
      className="select"
      aria-label={t(`log.filter.${name}`)}
      value={search[name] ?? ''}
      onChange={(event) => onSearch({ [name]: event.target.value || undefined })}
    >
      <option value="">{t(`log.any.${name}`)}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {words(option)}
        </option>
      ))}
    </select>
  );
  return (
    <div className="filters">
      <SearchBox
        id="events-search"
        label={t('log.search')}
        value={search.q ?? ''}
        onSearch={(words) => onSearch({ q: words || undefined })}
      />
      <SearchBox
        id="events-about"
        label={t('lists:log.about')}
        value={search.about ?? ''}
        onSearch={(words) => onSearch({ about: words || undefined })}
      />
      <select
        className="select"
        aria-label={t('log.filter.since')}
        value={since}
        onChange={(event) =>
          onSearch({ since: event.target.value as EventSearch['since'], from: undefined, to: undefined })
        }
      >
        {PERIODS.map((period) => (
          <option key={period} value={period}>
            {t(`log.since.${period}`)}
          </option>
        ))}
      </select>
      {select('actor', ACTORS, (option) => t(`common:actor.${option}`))}
      {select('kind', KINDS, (option) => t(`log.kind.${option}`))}
      {select('outcome', OUTCOMES, (option) => t(`status:eventOutcome.${option}`))}
      {search.from || search.to ? (
        <FilterChip
          words={spanWords(search, format, t)}
          onClear={() => onSearch({ from: undefined, to: undefined })}
        />
      ) : null}
      {search.object ? (
        <FilterChip
          words={t('lists:log.oneObject', { label: objectName })}
          onClear={() => onSearch({ object: undefined })}
        />
      ) : null}
      {search.chain ? (
        <FilterChip words={t('log.oneChain')} onClear={() => onSearch({ chain: undefined })} />
      ) : null}
      {fresh > 0 ? (
        <button type="button" className="pill" data-show-new onClick={onShow}>
          {t('log.fresh', { count: fresh })}
        </button>
      ) : null}
    </div>
  );
}

function FilterChip({ words, onClear }: { words: string; onClear(): void }): JSX.Element {
  const { t } = useTranslation('supply');
  return (
    <span className="filter-chip">
      {words}
      <button type="button" aria-label={t('orders.chip.remove', { filter: words })} onClick={onClear}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}
