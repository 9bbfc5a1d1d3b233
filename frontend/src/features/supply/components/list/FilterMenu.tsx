/** "+ Filter": a field, an operator, a value; the address takes it and the chip says it in words. */
import { Popover } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import { useColleagues } from '../hands/use_colleagues';
import {
  ANSWERERS,
  CLOCKS,
  FIELD_NAMES,
  FIELDS,
  type Field,
  packWords,
  STATUSES,
  STEPS,
  unpackWords,
  WHOSE,
} from '../orders_search';
import { useFilterWords } from './use_words';

const DECIDERS = ['rule', 'person', 'outside', 'amazon'];
/** Fields whose values are all on the list: nothing else can be typed. */
const CLOSED_LISTS: readonly Field[] = ['status', 'clock', 'assignee', 'tag'];
const RULES = ['identity', 'stock', 'pack', 'price', 'window', 'quantity'];

export function FilterMenu({
  opened,
  onOpened,
  filters,
  known,
  onSet,
}: {
  opened: boolean;
  onOpened(opened: boolean): void;
  filters: Partial<Record<Field, string>>;
  /** Values that the rows on screen have, to choose from. */
  known: Partial<Record<Field, string[]>>;
  onSet(field: Field, value: string | undefined): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  const say = useFilterWords();
  const colleagues = useColleagues();
  const [field, setField] = useState<Field>('status');
  const offered: Partial<Record<Field, string[]>> = {
    ...known,
    status: STATUSES,
    clock: CLOCKS,
    decided_by: [...new Set([...DECIDERS, ...(known.decided_by ?? [])])],
    answered_by: ANSWERERS,
    step: STEPS,
    rule: RULES,
    cut_reason: RULES,
    assignee: [...WHOSE, ...[...colleagues.teams, ...colleagues.people].map((one) => one.id)],
    tag: colleagues.tags.map((tag) => tag.id),
  };
  return (
    <Popover opened={opened} onChange={onOpened} position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <button type="button" className="button button-plain" onClick={() => onOpened(!opened)}>
          {t('filter.add')}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="filter-form">
          <label>
            {t('filter.field')}
            <select
              className="select"
              data-autofocus
              value={field}
              onChange={(event) => setField(event.target.value as Field)}
            >
              {FIELD_NAMES.map((name) => (
                <option key={name} value={name}>
                  {say.field(name)}
                </option>
              ))}
            </select>
          </label>
          <Editor
            key={field}
            field={field}
            given={filters[field] ?? ''}
            known={offered[field] ?? []}
            onSet={(value) => {
              onSet(field, value);
              onOpened(false);
            }}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Editor({
  field,
  given,
  known,
  onSet,
}: {
  field: Field;
  given: string;
  known: string[];
  onSet(value: string | undefined): void;
}): JSX.Element {
  const { t } = useTranslation('lists');
  const say = useFilterWords();
  const kind = FIELDS[field];
  const before = kind === 'words' ? unpackWords(given) : { negated: false, words: [] };
  const [negated, setNegated] = useState(before.negated);
  const [words, setWords] = useState<string[]>(before.words);
  const [typed, setTyped] = useState('');
  const [from = '', to = ''] = kind === 'range' || kind === 'days' ? given.split('..') : [];
  const [low, setLow] = useState(from.includes(':') ? '' : from);
  const [high, setHigh] = useState(to);
  const [flag, setFlag] = useState(given || 'yes');
  const options = [...new Set([...known, ...before.words])];
  const all = [
    ...words,
    ...typed
      .split(/[\s,;]+/)
      .map((word) => word.trim())
      .filter(Boolean),
  ];
  const value =
    kind === 'words'
      ? all.length > 0
        ? `${negated ? 'not:' : ''}${packWords([...new Set(all)])}`
        : undefined
      : kind === 'flag'
        ? flag
        : low || high
          ? `${low}..${high}`
          : undefined;
  return (
    <>
      {kind === 'words' ? (
        <>
          <label>
            {t('filter.operator')}
            <select
              className="select"
              value={negated ? 'not' : 'is'}
              onChange={(event) => setNegated(event.target.value === 'not')}
            >
              <option value="is">{t('filter.is')}</option>
              <option value="not">{t('filter.isNot')}</option>
            </select>
          </label>
          {options.length > 0 ? (
            <fieldset className="filter-options">
              <legend className="visually-hidden">{say.field(field)}</legend>
              {options.map((word) => (
                <label key={word} className="cluster">
                  <input
                    type="checkbox"
                    checked={words.includes(word)}
                    onChange={() =>
                      setWords(words.includes(word) ? words.filter((one) => one !== word) : [...words, word])
                    }
                  />
                  {say.value(field, word)}
                </label>
              ))}
            </fieldset>
          ) : CLOSED_LISTS.includes(field) ? (
            <p className="quiet">{t('filter.nothingToChoose')}</p>
          ) : null}
          {CLOSED_LISTS.includes(field) ? null : (
            <label>
              {t('filter.typed')}
              <input
                className="field"
                value={typed}
                maxLength={400}
                onChange={(event) => setTyped(event.target.value)}
              />
            </label>
          )}
        </>
      ) : null}
      {kind === 'range' || kind === 'days' ? (
        <div className="filter-range">
          <label>
            {t('filter.low')}
            <input
              className="field"
              type={kind === 'days' ? 'date' : 'number'}
              value={low}
              onChange={(event) => setLow(event.target.value)}
            />
          </label>
          <label>
            {t('filter.high')}
            <input
              className="field"
              type={kind === 'days' ? 'date' : 'number'}
              value={high}
              onChange={(event) => setHigh(event.target.value)}
            />
          </label>
        </div>
      ) : null}
      {kind === 'days' ? (
        <div className="cluster">
          {[7, 14, 30].map((days) => {
            const span = field === 'ordered' ? 'last' : 'next';
            return (
              <Button key={days} quiet onClick={() => onSet(`${span}:${days}`)}>
                {t(`filter.${span}`, { count: days })}
              </Button>
            );
          })}
        </div>
      ) : null}
      {kind === 'flag' ? (
        <label>
          {t('filter.operator')}
          <select className="select" value={flag} onChange={(event) => setFlag(event.target.value)}>
            <option value="yes">{t(`flag.${field as 'hold'}.yes`)}</option>
            <option value="no">{t(`flag.${field as 'hold'}.no`)}</option>
          </select>
        </label>
      ) : null}
      <div className="filter-foot">
        {given ? (
          <Button quiet onClick={() => onSet(undefined)}>
            {t('filter.remove')}
          </Button>
        ) : null}
        <Button reason={value === undefined ? t('filter.none') : null} onClick={() => onSet(value)}>
          {t('filter.apply')}
        </Button>
      </div>
    </>
  );
}
