/** What a person types into the lines of an order, and what it would mean; pure, the same numbers as the API's. */
import type { Schemas } from '~/lib/api';

export type Line = Schemas['Line'];

/** Why a part is not taken, in Amazon's own words. */
export type Reason = NonNullable<Schemas['DraftLine']['rejection_reason']>;

export interface LineEdit {
  take: string;
  back: string;
  reason: Reason | null;
  /** Days as typed (YYYY-MM-DD); left out, they stay as they are. */
  shipAt?: string;
  backAt?: string;
  /** What is typed in place of such a day and is none. */
  shipText?: string | undefined;
  backText?: string | undefined;
  /** Of a book, as typed; left out, they stay as they are. */
  listPrice?: string;
  multiplier?: string;
  /** Why, in the person's own words; said with the line and in the journal. */
  note?: string;
  /** The SKU typed to say that the whole line is to be rejected. */
  confirmSku: string;
}

export type LineProblem =
  | 'not_a_number'
  | 'more_than_ordered'
  | 'not_whole_cases'
  | 'backorder_not_allowed'
  | 'date_missing'
  | 'ship_unread'
  | 'back_unread'
  | 'sku_to_type'
  | 'book_terms';

export interface LineResult {
  taken: number | null;
  backordered: number | null;
  cut: number | null;
  problem: LineProblem | null;
  edited: boolean;
  /** Nothing taken and nothing to follow: Amazon would be told that the line is rejected, and there is no way back. */
  rejectsLine: boolean;
}

export const DEFAULT_REASON: Reason = 'TemporarilyUnavailable';

/** Reasons that tell Amazon not to order the product again. */
export const HARD: ReadonlySet<string> = new Set(['InvalidProductIdentifier', 'ObsoleteProduct']);

/** The reason given for what is cut: one that ends the product only for a line that is rejected whole. */
export function reasonOf(edit: LineEdit, result: LineResult): Reason {
  const hard = edit.reason !== null && HARD.has(edit.reason);
  return edit.reason === null || (hard && !result.rejectsLine) ? DEFAULT_REASON : edit.reason;
}

/** The identifier a person types before a whole line is rejected. */
export function skuToType(line: Line): string {
  return line.sku ?? line.vendor_product_identifier ?? line.asin ?? '';
}

export function startEdit(line: Line): LineEdit {
  return {
    take: line.taken === null ? '' : String(line.taken),
    back: line.backordered === null ? '' : String(line.backordered),
    reason: line.rejection_reason as Reason | null,
    confirmSku: '',
  };
}

/** Units in one step of the arrow keys and the multiple that an answer in Amazon's unit must keep. */
export function step(line: Line): number {
  return line.case_pack ?? line.unit_size ?? 1;
}

/**
 * Reads a typed quantity: digits, `max` (all that was asked and not given to the other field), `50%` (of what was asked,
 * in whole cases, rounded down). Empty is not decided (null); anything else is undefined.
 */
export function readQuantity(text: string, line: Line, other: number): number | null | undefined {
  const typed = text.trim().toLowerCase().replace(/\s/g, '');
  if (typed === '') return null;
  if (typed === 'max') return Math.max(0, line.asked - other);
  const share = /^(\d{1,3})%$/.exec(typed);
  if (share) {
    const units = Math.floor((line.asked * Math.min(100, Number(share[1]))) / 100);
    return units - (units % step(line));
  }
  return /^\d{1,9}$/.test(typed) ? Number(typed) : undefined;
}

/** Amazon counts lines ordered in cases in cases: an answer must then be whole cases of the order's own size. */
function breaksCase(units: number, line: Line): boolean {
  return (
    line.unit_of_measure.toLowerCase() === 'cases' &&
    (line.unit_size ?? 1) > 1 &&
    units % (line.unit_size ?? 1) !== 0
  );
}

/** What the answer says of a book: its list price and the factor that leads to its cost. */
export function bookTerms(line: Line, edit?: LineEdit): [string, string] {
  const book = line.book;
  return [
    (edit?.listPrice ?? book?.list_price ?? '').trim().replace(',', '.'),
    (edit?.multiplier ?? book?.discount_multiplier ?? '').trim().replace(',', '.'),
  ];
}

function readableTerms([price, factor]: [string, string]): boolean {
  return (
    /^\d{1,9}(\.\d{1,4})?$/.test(price) &&
    Number(price) > 0 &&
    /^(0\.\d{1,4}|1(\.0{1,4})?)$/.test(factor) &&
    Number(factor) > 0
  );
}

export function evaluate(line: Line, edit: LineEdit | undefined): LineResult {
  if (!edit) {
    return {
      taken: line.taken,
      backordered: line.backordered,
      cut: line.cut,
      problem: null,
      edited: false,
      rejectsLine: false,
    };
  }
  const backGuess = readQuantity(edit.back, line, 0);
  const taken = readQuantity(edit.take, line, backGuess ?? 0);
  const backordered = readQuantity(edit.back, line, taken ?? 0) ?? (edit.back.trim() === '' ? 0 : undefined);
  // What cannot be read is in the way only while its field is there: of a part that there is some of.
  const unread = {
    ship: edit.shipText !== undefined && Boolean(taken),
    back: edit.backText !== undefined && Boolean(backordered),
  };
  const edited =
    unread.ship ||
    unread.back ||
    taken !== line.taken ||
    (taken !== null && backordered !== (line.backordered ?? 0)) ||
    edit.reason !== line.rejection_reason ||
    (edit.shipAt ?? dayOf(line.ship_at)) !== dayOf(line.ship_at) ||
    (edit.backAt ?? dayOf(line.backorder_at)) !== dayOf(line.backorder_at) ||
    bookTerms(line, edit).some((said, index) => said !== bookTerms(line)[index]);
  if (taken === undefined || backordered === undefined) {
    return {
      taken: null,
      backordered: null,
      cut: null,
      problem: 'not_a_number',
      edited: true,
      rejectsLine: false,
    };
  }
  if (taken === null) {
    return { taken: null, backordered: null, cut: null, problem: null, edited, rejectsLine: false };
  }
  const rejectsLine = taken === 0 && backordered === 0 && edited;
  const result = { taken, backordered, cut: line.asked - taken - backordered, edited, rejectsLine };
  const problem = ((): LineProblem | null => {
    if (taken + backordered > line.asked) return 'more_than_ordered';
    if (backordered > 0 && !line.backorder_allowed) return 'backorder_not_allowed';
    if (unread.ship) return 'ship_unread';
    if (unread.back) return 'back_unread';
    if (edited && backordered > 0 && (edit.backAt ?? dayOf(line.backorder_at)) === '') return 'date_missing';
    if (breaksCase(taken, line) || breaksCase(backordered, line)) return 'not_whole_cases';
    if (edited && line.book && !readableTerms(bookTerms(line, edit))) return 'book_terms';
    if (rejectsLine && edit.confirmSku.trim() !== skuToType(line)) return 'sku_to_type';
    return null;
  })();
  return { ...result, problem };
}

/**
 * What was free for this line when it was decided: less than what was free at all where orders that come first take from
 * the same stock. The figure of the reason; null where it is the same, or not known.
 */
export function freeHere(line: Line): number | null {
  const found = line.trace.findLast(({ rule }) => rule === 'stock')?.values.free;
  const free = (found as { value?: unknown } | null | undefined)?.value;
  return typeof free === 'number' && line.free_stock !== null && free < line.free_stock ? free : null;
}

/** When the stock was counted that this line was decided on; null where none was found. */
export function stockAt(line: Line): string | null {
  const found = line.trace.findLast(({ rule }) => rule === 'stock')?.values.as_of;
  const at = (found as { value?: unknown } | null | undefined)?.value;
  return typeof at === 'string' ? at : null;
}

export type LineNote = 'above_free' | 'not_full_cases';

/** What a person should know of a quantity they typed and may still send. */
export function notes(line: Line, result: LineResult): LineNote[] {
  if (!result.edited || result.problem || result.taken === null) return [];
  const pack = line.case_pack ?? 1;
  const broken = [result.taken, result.backordered ?? 0].some((units) => units % pack !== 0);
  return [
    ...(line.free_stock !== null && result.taken > line.free_stock ? (['above_free'] as const) : []),
    ...(broken ? (['not_full_cases'] as const) : []),
  ];
}

export interface Totals {
  asked: number;
  taken: number;
  backordered: number;
  cut: number;
  undecided: number;
  undecidedLines: number;
  /** Ten-thousandths of the currency's unit, so that sums stay exact. */
  value: { asked: bigint; taken: bigint; backordered: bigint; cut: bigint; undecided: bigint };
}

/** The order as it would be answered now: what is undecided stands apart, since Amazon rejects what is left out. */
export function totals(
  lines: readonly { line: Line; result: LineResult }[],
  cost: (line: Line) => bigint,
): Totals {
  const sum: Totals = {
    asked: 0,
    taken: 0,
    backordered: 0,
    cut: 0,
    undecided: 0,
    undecidedLines: 0,
    value: { asked: 0n, taken: 0n, backordered: 0n, cut: 0n, undecided: 0n },
  };
  for (const { line, result } of lines) {
    if (line.cancelled) continue;
    const each = cost(line);
    sum.asked += line.asked;
    sum.value.asked += BigInt(line.asked) * each;
    // What cannot be answered like this is not an answer: its numbers would make sums that cannot be.
    if (result.taken === null || result.problem) {
      sum.undecided += line.asked;
      sum.undecidedLines += 1;
      sum.value.undecided += BigInt(line.asked) * each;
      continue;
    }
    for (const part of ['taken', 'backordered', 'cut'] as const) {
      const units = Math.max(0, result[part] ?? 0);
      sum[part] += units;
      sum.value[part] += BigInt(units) * each;
    }
  }
  return sum;
}

/** The day of an instant, as a date field shows it. */
export function dayOf(instant: string | null): string {
  return instant?.slice(0, 10) ?? '';
}

/** A date as it is sent: the instant that it was, or noon of the day that was typed. */
function at(
  name: 'ship_at' | 'backorder_at',
  typed: string | undefined,
  was: string | null,
): Partial<Schemas['DraftLine']> {
  if (typed === undefined || typed === dayOf(was)) return was ? { [name]: was } : {};
  return typed ? { [name]: `${typed}T12:00:00Z` } : {};
}

/** Only lines that differ from the proposal are sent. */
export function draftLines(
  lines: readonly Line[],
  edits: ReadonlyMap<string, LineEdit>,
): Schemas['DraftLine'][] {
  return lines.flatMap((line) => {
    const edit = edits.get(line.sequence);
    const result = evaluate(line, edit);
    if (!edit || !result.edited || result.taken === null) return [];
    return [
      {
        sequence: line.sequence,
        taken: result.taken,
        backordered: result.backordered ?? 0,
        ...(result.taken > 0 ? at('ship_at', edit.shipAt, line.ship_at) : {}),
        ...((result.backordered ?? 0) > 0 ? at('backorder_at', edit.backAt, line.backorder_at) : {}),
        ...((result.cut ?? 0) > 0 ? { rejection_reason: reasonOf(edit, result) } : {}),
        ...(line.book
          ? { list_price: bookTerms(line, edit)[0], discount_multiplier: bookTerms(line, edit)[1] }
          : {}),
        ...(edit.note?.trim() ? { note: edit.note.trim() } : {}),
        ...(result.rejectsLine ? { confirm_sku: edit.confirmSku.trim() } : {}),
      },
    ];
  });
}

/** What a line's answer says, as somebody sees it. */
export interface Answer {
  taken: number | null;
  backordered: number | null;
  /** Of what is cut; null where nothing is. */
  reason: string | null;
  /** YYYY-MM-DD, or ''. */
  ship: string;
  back: string;
}

export function answerOf(line: Line): Answer {
  const { taken, backordered } = line;
  const reason = (line.cut ?? 0) > 0 ? line.rejection_reason : null;
  return { taken, backordered, reason, ship: dayOf(line.ship_at), back: dayOf(line.backorder_at) };
}

function same(one: Answer, other: Answer): boolean {
  return (Object.keys(one) as (keyof Answer)[]).every((field) => one[field] === other[field]);
}

/** Lines that somebody else changed while this person was typing. */
export function conflicts(
  before: readonly Line[],
  now: readonly Line[],
  edits: ReadonlyMap<string, LineEdit>,
): { line: Line; theirs: Line }[] {
  return before.flatMap((line) => {
    const theirs = now.find((other) => other.sequence === line.sequence);
    const changed = theirs && !same(answerOf(theirs), answerOf(line));
    return changed && edits.has(line.sequence) ? [{ line, theirs }] : [];
  });
}

const WITH_AMAZON: ReadonlySet<string> = new Set(['sending', 'unknown', 'sent', 'seen', 'mismatch']);

/** Our newest answer that Amazon has, or may have; null while it has none. */
export function standingAnswer(order: Pick<Schemas['OrderDetail'], 'answers'>): Schemas['Answer'] | null {
  const there = order.answers.filter((answer) => WITH_AMAZON.has(answer.state));
  return there.sort((one, other) => other.answer - one.answer)[0] ?? null;
}

/** Lines that an answer would reject whole and that no answer Amazon has, has rejected before: the one-way doors. */
export function newlyRejected(
  order: Pick<Schemas['OrderDetail'], 'answers'>,
  results: readonly { line: Line; result: LineResult }[],
): Line[] {
  const last = standingAnswer(order);
  const before = new Set(
    last?.lines
      .filter((line) => line.rejected > 0 && line.accepted === 0 && line.backordered === 0)
      .map((line) => line.sequence),
  );
  return results
    .filter(
      ({ line, result }) =>
        !line.cancelled &&
        line.asked > 0 &&
        result.taken === 0 &&
        !result.backordered &&
        !before.has(line.sequence),
    )
    .map(({ line }) => line);
}
