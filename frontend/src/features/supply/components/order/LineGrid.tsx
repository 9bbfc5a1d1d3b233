/** The lines of an order: what was asked, what is free, and what is answered, edited in place. */
import { type JSX, type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { DayField, useDayPattern } from '~/ui/DayField';
import { Icon } from '~/ui/Icon';
import { Money } from '~/ui/Money';
import { ProductTile } from '~/ui/ProductTile';
import { Provenance } from '~/ui/Provenance';
import type { Change } from './changes';
import { expectedOf, type OrderCosts, textOf } from './costs';
import { LineReason } from './LineReason';
import {
  dayOf,
  evaluate,
  freeHere,
  type Line,
  type LineEdit,
  notes,
  startEdit,
  step,
  stockAt,
} from './line_edits';
import './LineGrid.css';

/** In ten-thousandths: less is shown as nothing. */
const HALF_A_CENT = 50n;

export interface LineGridProps {
  orderId: string;
  /** The decision that is shown; null before the first. */
  decisionId: string | null;
  lines: Line[];
  edits: ReadonlyMap<string, LineEdit>;
  onEdit(sequence: string, edit: LineEdit): void;
  open: ReadonlySet<string>;
  onToggle(sequence: string): void;
  /** Why no quantity may be typed; null when it may. */
  readOnly: string | null;
  /** Amazon takes other dates still, and no other quantities. */
  datesOnly?: boolean;
  currency: string | null;
  ruleSet: string | null;
  zone: string;
  /** Problems the API found, by line. */
  serverProblems: ReadonlyMap<string, string>;
  /** What the answers may cost; null where there is no decision to estimate. */
  costs: OrderCosts | null;
  /** From how many seconds on the stock is too old to count on; null while that is not known. */
  stockLimit?: number | null;
  /** What Amazon changed of each line since the last answer. */
  changed: ReadonlyMap<string, Change[]>;
}

export function LineGrid(props: LineGridProps): JSX.Element {
  const { t } = useTranslation(['supply', 'common']);
  const table = useRef<HTMLTableElement>(null);

  const focus = (field: 'take' | 'back', row: number): boolean => {
    const found = table.current?.querySelector<HTMLInputElement>(
      `input[data-field="${field}"][data-row="${row}"]`,
    );
    found?.focus();
    found?.select();
    return Boolean(found);
  };
  /** Tab walks down a column and then to the head of the next: quantities are typed one below the other. */
  const walk = (event: KeyboardEvent<HTMLInputElement>, field: 'take' | 'back', row: number): void => {
    if (event.key !== 'Tab' || event.shiftKey) return;
    const editable = [
      ...(table.current?.querySelectorAll<HTMLInputElement>(`input[data-field="${field}"]`) ?? []),
    ];
    const next = editable.find((input) => Number(input.dataset.row) > row);
    if (next) {
      event.preventDefault();
      next.focus();
      next.select();
      return;
    }
    const head = table.current?.querySelector<HTMLInputElement>('input[data-field="back"]');
    if (field === 'take' && head && focus('back', Number(head.dataset.row))) event.preventDefault();
  };

  return (
    <div className="table-frame">
      <table ref={table} className="line-grid" aria-label={t('lines.title', { count: props.lines.length })}>
        <thead>
          <tr>
            <th className="num line-number">#</th>
            <th className="line-product">{t('lines.product')}</th>
            <th className="num">{t('column.asked')}</th>
            <th className="num">{t('lines.freeStock')}</th>
            <th className="num">{t('lines.take')}</th>
            <th className="num">{t('lines.backorder')}</th>
            <th className="num">{t('lines.cut')}</th>
            <th className="num">{t('lines.cost')}</th>
            <th>{t('column.decidedBy')}</th>
          </tr>
        </thead>
        <tbody>
          {props.lines.map((line, row) => (
            <LineRows key={line.sequence} {...props} line={line} row={row} walk={walk} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LineRows(
  props: LineGridProps & {
    line: Line;
    row: number;
    walk(event: KeyboardEvent<HTMLInputElement>, field: 'take' | 'back', row: number): void;
  },
): JSX.Element {
  const { line, row, edits, readOnly } = props;
  const { t } = useTranslation(['supply', 'common', 'costs', 'orderpage']);
  const format = useFormats();
  const pattern = useDayPattern();
  const edit = edits.get(line.sequence);
  const result = evaluate(line, edit);
  const open = props.open.has(line.sequence);
  const shown = edit ?? startEdit(line);
  const locked = readOnly !== null || line.locked.quantity || line.cancelled;
  // Answered before OKTee looked at it: its product and its stock were never looked up.
  const unjudged = props.decisionId === null && line.locked.quantity;
  const change = (part: Partial<LineEdit>): void => props.onEdit(line.sequence, { ...shown, ...part });
  const problem = result.problem
    ? t(`lineProblem.${result.problem}`, {
        size: format.count(step(line)),
        typed: result.problem === 'ship_unread' ? shown.shipText : shown.backText,
        pattern,
      })
    : (props.serverProblems.get(line.sequence) ?? null);
  /** What is wrong is a day, and no quantity. */
  const undated = result.problem === 'ship_unread' || result.problem === 'back_unread';
  const said = notes(line, result);
  const cut = result.problem ? null : result.cut;
  const risk = props.costs?.lines.find((found) => found.sequence === line.sequence) ?? null;
  /** What is at stake stands under the units it is about: those taken, or those cut. */
  const stake = (cut: boolean): JSX.Element | null => {
    const sum = risk?.decided && !line.cancelled ? expectedOf(risk, cut) : 0n;
    return risk && sum >= HALF_A_CENT ? (
      <span className="line-sub line-stake" title={t('costs:lineHint')}>
        {t('costs:lineAbout', { amount: format.amount(textOf(sum), risk.currency) })}
      </span>
    ) : null;
  };
  const moved = props.changed.get(line.sequence) ?? [];
  const movedWords = `${t('lines.changed')}: ${moved
    .map(({ field }) => t(`changes.name.${field}`, { defaultValue: field.replaceAll('_', ' ') }))
    .join(', ')}`;
  const units = moved.find(({ field }) => field === 'units' || field === 'cancelled')?.was;
  const before = typeof units === 'number' ? units : null;
  const here = freeHere(line);
  const counted = stockAt(line);
  const now = useNow(60_000);
  const old =
    counted !== null && props.stockLimit != null && now - Date.parse(counted) > props.stockLimit * 1000;
  const errorId = `line-${line.sequence}-problem`;

  const nudge = (event: KeyboardEvent<HTMLInputElement>, field: 'take' | 'back'): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      props.onToggle(line.sequence);
      return;
    }
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') {
      props.walk(event, field, row);
      return;
    }
    event.preventDefault();
    const now = (field === 'take' ? result.taken : result.backordered) ?? 0;
    const other = (field === 'take' ? result.backordered : result.taken) ?? 0;
    const next = now + (event.key === 'ArrowUp' ? step(line) : -step(line));
    change({ [field]: String(Math.max(0, Math.min(line.asked - other, next))) });
  };
  const field = (name: 'take' | 'back'): JSX.Element => {
    const noBackorder = name === 'back' && !line.backorder_allowed;
    if (locked || noBackorder) {
      const value = name === 'take' ? result.taken : result.backordered;
      return (
        <span
          className="line-fixed"
          title={noBackorder ? t('lineProblem.backorder_not_allowed') : (readOnly ?? undefined)}
        >
          {noBackorder && !value ? '–' : format.count(value)}
        </span>
      );
    }
    return (
      <input
        className="line-input"
        inputMode="numeric"
        data-field={name}
        data-row={row}
        aria-label={t(name === 'take' ? 'lines.takeOf' : 'lines.backorderOf', {
          product: line.title ?? line.asin ?? line.sequence,
        })}
        aria-invalid={problem && !undated ? true : undefined}
        aria-describedby={problem ? errorId : undefined}
        placeholder="–"
        value={name === 'take' ? shown.take : shown.back}
        onFocus={(event) => event.target.select()}
        onChange={(event) => change({ [name]: event.target.value })}
        onBlur={() => {
          const read = name === 'take' ? result.taken : result.backordered;
          // `max` and `50%` become the number they stand for.
          if (edit && read !== null && String(read) !== edit[name]) change({ [name]: String(read) });
        }}
        onKeyDown={(event) => nudge(event, name)}
      />
    );
  };
  const date = (name: 'shipAt' | 'backAt'): JSX.Element | null => {
    const units = name === 'shipAt' ? result.taken : result.backordered;
    // The day of shipping is typed for many lines at once; then it stands in each of them, to be seen and changed.
    const editable = props.datesOnly || (!locked && (name === 'backAt' || shown.shipAt !== undefined));
    if (!editable || line.cancelled || !units) return null;
    const was = name === 'shipAt' ? line.ship_at : line.backorder_at;
    const text = name === 'shipAt' ? 'shipText' : 'backText';
    const missing = result.problem === 'date_missing' && name === 'backAt';
    return (
      <DayField
        label={t(name === 'shipAt' ? 'lines.shipAtOf' : 'lines.backorderAtOf', {
          product: line.title ?? line.asin ?? line.sequence,
        })}
        invalid={missing}
        describedBy={missing || shown[text] !== undefined ? errorId : undefined}
        kept={shown[text]}
        onKeep={(typed) => change({ [text]: typed })}
        value={shown[name] ?? dayOf(was)}
        onChange={(day) => change({ [name]: day, [text]: undefined })}
      />
    );
  };
  return (
    <>
      <tr
        className={[open ? 'row-selected' : '', line.cancelled ? 'line-cancelled' : '']
          .filter(Boolean)
          .join(' ')}
        aria-rowindex={row + 2}
      >
        <td className="num line-number">
          {moved.length > 0 ? (
            <span className="line-moved" title={movedWords}>
              <Icon name="triangle" size={12} />
              <span className="visually-hidden">{movedWords} </span>
            </span>
          ) : null}
          {Number(line.sequence) || line.sequence}
        </td>
        <td className="line-product">
          <button
            type="button"
            className="line-toggle"
            aria-expanded={open}
            onClick={() => props.onToggle(line.sequence)}
            title={line.title ?? undefined}
          >
            <ProductTile url={line.image_url} />
            <span className="line-words">
              <span className="line-title">
                {line.title ??
                  (unjudged ? line.vendor_product_identifier : null) ??
                  t('lines.unknownProduct')}
              </span>
              <span className="line-ids mono">
                {[line.asin, line.sku ?? line.vendor_product_identifier].filter(Boolean).join(' · ')}
              </span>
            </span>
          </button>
        </td>
        <td className="num" data-label={t('column.asked')}>
          {format.count(line.asked)}
          <br />
          {before !== null ? (
            <span className="line-sub tone-caution">
              {t('lines.was', { was: format.count(before) })}
              <br />
            </span>
          ) : null}
          <span className="line-sub">
            {line.unit_of_measure.toLowerCase() === 'cases' && line.unit_size
              ? t('lines.cases', { cases: format.count(line.amount), size: format.count(line.unit_size) })
              : t('lines.eaches')}
          </span>
        </td>
        <td className="num" data-label={t('lines.freeStock')}>
          {unjudged ? (
            '–'
          ) : line.free_stock === null ? (
            <span className="tone-caution strong">{t('lines.unknown')}</span>
          ) : old ? (
            <span
              className="tone-caution strong"
              title={t('orderpage:stock.old', {
                age: format.age(counted, now),
                at: format.dateTime(counted),
              })}
            >
              {format.count(here ?? line.free_stock)}
              <br />
              <span className="line-sub tone-caution">{format.age(counted, now)}</span>
            </span>
          ) : here === null ? (
            format.count(line.free_stock)
          ) : (
            <>
              {format.count(here)}
              <br />
              <span className="line-sub" title={t('lines.freeHint', { free: format.count(line.free_stock) })}>
                {t('lines.freeOf', { free: format.count(line.free_stock) })}
              </span>
            </>
          )}
        </td>
        <td className="num" data-label={t('lines.take')}>
          {field('take')}
          {date('shipAt')}
          {stake(false)}
        </td>
        <td className="num" data-label={t('lines.backorder')}>
          {field('back')}
          {date('backAt')}
        </td>
        <td className={`num${(cut ?? 0) > 0 ? ' tone-caution strong' : ''}`} data-label={t('lines.cut')}>
          {format.count(cut)}
          {stake(true)}
        </td>
        <td className="num" title={costTitle(line, t)} data-label={t('lines.cost')}>
          <Money amount={line.net_cost} currency={line.currency} named={line.currency !== props.currency} />
          {line.catalog_cost !== null && Number(line.catalog_cost) !== Number(line.net_cost) ? (
            <>
              <br />
              <span className="line-sub tone-caution">
                {t('lines.catalogCost', { cost: format.amount(line.catalog_cost, line.currency) })}
              </span>
            </>
          ) : null}
        </td>
        <td>
          {line.cancelled ? (
            <span className="label">{t('lines.cancelled')}</span>
          ) : result.edited ? (
            <span className="provenance strong">{t('lines.you')}</span>
          ) : line.needs_person && line.taken === null ? (
            <span className="tone-caution strong">{t('lines.needsYou')}</span>
          ) : (
            <button type="button" className="line-why" onClick={() => props.onToggle(line.sequence)}>
              <Provenance actor={line.decided_by} />
            </button>
          )}
        </td>
      </tr>
      {problem && !result.rejectsLine ? (
        <tr className="line-problem">
          <td />
          <td colSpan={8} id={errorId} role="alert">
            <Icon name="bang" size={12} /> {problem}
          </td>
        </tr>
      ) : null}
      {said.length > 0 ? (
        <tr className="line-problem line-note">
          <td />
          <td colSpan={8} role="status">
            <Icon name="bang" size={12} />{' '}
            {said
              .map((note) =>
                t(`lineNote.${note}`, {
                  free: format.count(line.free_stock),
                  size: format.count(line.case_pack),
                }),
              )
              .join(' ')}
          </td>
        </tr>
      ) : null}
      {open || result.rejectsLine ? (
        <tr className="row-open">
          <td colSpan={9}>
            <LineReason
              orderId={props.orderId}
              decisionId={props.decisionId}
              line={line}
              result={result}
              costs={props.costs}
              edit={shown}
              ruleSet={props.ruleSet}
              zone={props.zone}
              locked={locked}
              problem={result.rejectsLine ? problem : null}
              onChange={change}
            />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function costTitle(line: Line, t: (key: string) => string): string | undefined {
  return line.catalog_cost === null ? t('lines.noCatalogCost') : undefined;
}
