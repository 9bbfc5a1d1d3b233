/** A rule in words: made from what it says, in the reader's language, never typed. */
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { type Body, KNOBS, percentText, pointerOf, type Value, wordOf } from './fields';

export interface RuleWords {
  /** Whose lines it is. */
  scope(body: Body): string;
  /** What it does with them, in sentences. */
  does(body: Body): string[];
  /** A value of a knob, as its reader writes it. */
  value(pointer: string, value: Value): string;
  /** The name of what a pointer points to. */
  field(pointer: string): string;
  finding(finding: Schemas['RuleFinding']): string;
}

export function useRuleWords(countries: Record<string, string>): RuleWords {
  const { t, i18n } = useTranslation(['rules', 'common']);
  const format = useFormats();
  const list = (names: string[], type: 'conjunction' | 'disjunction') =>
    new Intl.ListFormat(i18n.language, { type }).format(names);
  const named = (field: string, value: string): string =>
    field === 'marketplace'
      ? countries[value]
        ? format.country(countries[value])
        : value
      : field === 'order_type'
        ? t(`orderType.${value}`, { defaultValue: value })
        : value;
  const some = (field: string, values: readonly string[]): string =>
    values.length === 0
      ? '…'
      : values.length > 4
        ? t('some', {
            first: values
              .slice(0, 3)
              .map((one) => named(field, one))
              .join(', '),
            count: values.length - 3,
          })
        : list(
            values.map((one) => named(field, one)),
            'disjunction',
          );

  const scope: RuleWords['scope'] = (body) => {
    const when = body.when ?? [];
    if (when.length === 0) return t('words.every');
    const parts = when.map((one) =>
      t(one.negated ? 'words.isNot' : 'words.is', {
        field: t(`words.name.${one.field}`),
        values: some(one.field, one.values),
      }),
    );
    return t('words.lines', { conditions: list(parts, 'conjunction') });
  };

  /** As exact as it was typed: 10 %, 2.5 %, 0.25 %. */
  const share = (of: string | number | null | undefined): string =>
    format.percent(of, percentText(String(of)).split('.')[1]?.length ?? 0);
  const does: RuleWords['does'] = (body) => {
    const { then, send, stop } = body;
    if (!then || !send || !stop) return [];
    const said: string[] = [];
    if (then.take === 'nothing') said.push(t(then.may_reject_lines ? 'words.rejectAll' : 'words.nothing'));
    else {
      said.push(t(`words.take.${then.case_pack}`));
      const safety = then.safety;
      if (safety && safety.kind !== 'item')
        said.push(
          t(`words.safety.${safety.kind}`, {
            units: format.count(safety.units),
            share: share(safety.share),
            days: safety.days,
          }),
        );
      if (then.amazon_share) said.push(t('words.share', { share: share(then.amazon_share) }));
      said.push(
        then.backorder_days ? t('words.backorder', { count: then.backorder_days }) : t('words.noBackorder'),
      );
      said.push(
        Number(then.cut_tolerance) === 0
          ? t('words.cutNothing')
          : t('words.cut', { share: share(then.cut_tolerance) }),
      );
      if (then.whole_layers) said.push(t('words.layers'));
      if (then.may_reject_lines) said.push(t('words.mayReject'));
    }
    // Under these a line is accepted, over them a person looks at it.
    if (then.take !== 'nothing') {
      said.push(
        t('words.price', {
          tolerance: share(then.price_tolerance),
          loss: share(then.price_max_loss),
        }),
      );
      said.push(
        t(
          `words.farBelow.${then.far_below === 'REJECT' && !then.may_reject_lines ? 'HOLD' : (then.far_below ?? 'HOLD')}`,
          {
            loss: share(then.price_max_loss),
          },
        ),
      );
      if (then.margin_floor !== null && then.margin_floor !== undefined)
        said.push(t('words.margin', { share: share(then.margin_floor) }));
      said.push(t('words.costAge', { count: then.cost_max_age_days }));
      said.push(
        t('words.stockAge', {
          open: format.duration(Number(then.stock_max_age_hours) * 3600),
          closed: format.duration(Number(then.stock_max_age_closed_hours) * 3600),
        }),
      );
      said.push(t(`words.minimum.${then.below_minimum}`));
    }
    if (send.delay_minutes) said.push(t('words.delay', { count: send.delay_minutes }));
    if (send.between)
      said.push(
        t('words.between', {
          opens: send.between.opens?.slice(0, 5),
          closes: send.between.closes?.slice(0, 5),
          zone: send.between.zone,
        }),
      );
    const stops = [
      stop.cut_value && t('words.stop.cutValue', { value: format.amount(stop.cut_value, null) }),
      stop.line_cut && t('words.stop.lineCut', { share: share(stop.line_cut) }),
      stop.confirmed_share && t('words.stop.confirmed', { share: share(stop.confirmed_share) }),
      stop.order_value && t('words.stop.orderValue', { value: format.amount(stop.order_value, null) }),
      stop.line_value && t('words.stop.lineValue', { value: format.amount(stop.line_value, null) }),
      stop.spike_value && t('words.stop.spike', { value: format.amount(stop.spike_value, null) }),
      stop.first_orders && t('words.stop.first', { count: stop.first_orders }),
      stop.unknown_places && t('words.stop.places'),
      stop.known_deals &&
        (stop.known_deals.length > 0
          ? t('words.stop.deals', { deals: some('deal', stop.known_deals) })
          : t('words.stop.anyDeal')),
      stop.import_orders && t('words.stop.import'),
      stop.consigned && t('words.stop.consigned'),
      stop.launch_incomplete && t('words.stop.launch'),
      stop.books && t('words.stop.books'),
      stop.unproved && t('words.stop.unproved'),
    ].filter((one): one is string => Boolean(one));
    if (stops.length > 0) said.push(t('words.stops', { causes: list(stops, 'disjunction') }));
    return said;
  };

  const value: RuleWords['value'] = (pointer, of) => {
    if (of === null || of === undefined) return t('none');
    if (Array.isArray(of)) {
      const [, , field = ''] = pointer.split('/');
      return of.length === 0 ? t('noneNamed') : some(field, of);
    }
    if (typeof of === 'boolean') return t(of ? 'yes' : 'no');
    const knob = KNOBS.find((one) => pointerOf(one) === pointer);
    if (knob?.kind === 'share' || knob?.kind === 'margin') return share(of);
    if (knob?.kind === 'choice') return t(`option.${wordOf(pointer)}.${of}`, { defaultValue: String(of) });
    if (knob?.kind === 'amount') return format.amount(of, null);
    return typeof of === 'number' ? format.count(of) : of;
  };

  return {
    scope,
    does,
    value,
    field: (pointer) => {
      const when = /^\/when\/(\w+)\/(is|not)$/.exec(pointer);
      return when
        ? t(when[2] === 'is' ? 'words.fieldIs' : 'words.fieldNot', { field: t(`field.when.${when[1]}`) })
        : t(`field.${wordOf(pointer)}`, { defaultValue: pointer });
    },
    finding: (one) =>
      t(`finding.${one.code}`, {
        rules: list(one.rules, 'conjunction'),
        values: one.values.join(', '),
        count: one.count,
        defaultValue: one.code,
      }),
  };
}
