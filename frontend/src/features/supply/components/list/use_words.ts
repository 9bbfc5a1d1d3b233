/** Filters in words: "Status is not Held", "Value between 100 and 500". */
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useColleagues } from '../hands/use_colleagues';
import { FIELDS, type Field, unpackWords, WHOSE } from '../orders_search';

export function useFilterWords(): {
  field(name: Field): string;
  value(name: Field, word: string): string;
  filter(name: Field, value: string): string;
} {
  const { t } = useTranslation(['lists', 'status', 'trace', 'supply']);
  const format = useFormats();
  const colleagues = useColleagues();
  const named = new Map(
    [...colleagues.people, ...colleagues.teams, ...colleagues.tags].map((one) => [one.id, one.name]),
  );
  const field = (name: Field): string => t(`field.${name}`);
  const value = (name: Field, word: string): string => {
    if (name === 'status') return t(`status:order.${word}`, { defaultValue: word });
    if (name === 'clock') return t(`clock.${word}`, { defaultValue: word });
    if (name === 'rule' || name === 'cut_reason')
      return t(`trace:rule.${word}`, { defaultValue: t(`trace:topic.${word}`, { defaultValue: word }) });
    if (name === 'answered_by') return t(`answerer.${word}`, { defaultValue: word });
    if (name === 'step') return t(`step.${word}`, { defaultValue: word });
    if (name === 'decided_by') return t(`decider.${word}`, { defaultValue: word });
    if (name === 'assignee' && WHOSE.includes(word)) return t(`whose.${word}`);
    if (name === 'assignee' || name === 'tag') return named.get(word) ?? t('whose.gone');
    return word;
  };
  const filter = (name: Field, given: string): string => {
    const kind = FIELDS[name];
    if (kind === 'flag') return t(`flag.${name}.${given === 'yes' ? 'yes' : 'no'}`);
    if (kind === 'words') {
      const { negated, words } = unpackWords(given);
      return t(negated ? 'chip.isNot' : 'chip.is', {
        field: field(name),
        value: words.map((word) => value(name, word)).join(', '),
      });
    }
    const relative = /^(next|last):(\d+)$/.exec(given);
    if (relative) {
      return t(relative[1] === 'next' ? 'chip.next' : 'chip.last', {
        field: field(name),
        count: Number(relative[2]),
      });
    }
    const [low = '', high = ''] = given.split('..');
    // What cannot be read is shown as it stands in the address.
    if (!given.includes('..') || ![low, high].every((end) => readable(kind, end)))
      return t('chip.is', { field: field(name), value: given });
    const say = (end: string): string =>
      kind === 'days' ? format.date(`${end}T12:00:00Z`) : format.count(end);
    if (!high) return t('chip.from', { field: field(name), low: say(low) });
    if (!low) return t('chip.upTo', { field: field(name), high: say(high) });
    return t('chip.between', { field: field(name), low: say(low), high: say(high) });
  };
  return { field, value, filter };
}

function readable(kind: 'range' | 'days', end: string): boolean {
  if (end === '') return true;
  return kind === 'days' ? !Number.isNaN(Date.parse(`${end}T12:00:00Z`)) : Number.isFinite(Number(end));
}
