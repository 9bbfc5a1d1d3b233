/** One cause: what happened, the fix for all or for some of its lines, and the lines themselves. */
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Clock } from '~/ui/Clock';
import { Money } from '~/ui/Money';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { knobOf } from '../order/places';
import { SendDialog } from './SendDialog';
import { SnoozeDialog } from './SnoozeDialog';
import { ANSWERING, asShown, SENDING } from './sending';

type Row = Schemas['ExceptionRow'];
type Action = Schemas['ActionIn'];
type Fix = Action['fix'];

/** Fixes that are pressed and done; the others ask for something first. */
const ASKING: ReadonlySet<string> = new Set(['match_sku', 'take', 'backorder']);
/** Fixes that lead to where the work is. */
const LEADING: ReadonlySet<string> = new Set(['open_rule', 'change_rule']);
const PAGE = 200;
/** The catalogue is asked when somebody pauses, not for each letter. */
const TYPING_MS = 250;

export function CausePanel({
  group,
  state,
  query,
  following,
  onSaid,
  onNext,
}: {
  group: Schemas['CauseGroup'];
  state: 'open' | 'snoozed' | 'resolved';
  query: Record<string, string>;
  /** The cause after this one, for who goes through them. */
  following: string | null;
  /** Told what was done, in words that outlive this panel. */
  onSaid(words: string): void;
  onNext(cause: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const format = useFormats();
  const denied = useDenied('exceptions.resolve');
  const mayNotConfirm = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const mayNotRule = useDenied('rules.write');
  const path = { workspace: workspace.slug };
  const [touched, setLeft] = useState<ReadonlySet<string> | null>(null);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [sku, setSku] = useState('');
  const [asked] = useDebouncedValue(sku.trim(), TYPING_MS);
  const [date, setDate] = useState('');
  const [note, setNote] = useState('');
  const [snoozing, setSnoozing] = useState(false);
  /** A fix that sends, while it is looked over. */
  const [sending, setSending] = useState<{ fix: Fix; rows: Row[]; next: string | null } | null>(null);
  const list = api.useQuery('get', '/api/v1/{workspace}/supply/exceptions', {
    params: { path, query: { ...query, state, cause: group.cause, limit: PAGE } },
  });
  const rows = list.data?.rows ?? [];
  // A SKU is said of one product: nothing is tied to it that was only listed beside it.
  const left =
    touched ??
    new Set(
      group.fixes[0] === 'match_sku'
        ? rows.filter((row) => row.asin !== rows[0]?.asin).map((row) => row.id)
        : [],
    );
  const chosen = rows.filter((row) => !left.has(row.id));
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/catalog/items',
    { params: { path, query: { q: asked, limit: 10 } } },
    { enabled: asked.length > 1 },
  );
  const reread = () =>
    queryClient.invalidateQueries({ predicate: (each) => String(each.queryKey[1]).includes('/supply/') });
  const act = useMutation({
    mutationFn: async ({ next: _, ...body }: Action & { next?: string | null }) =>
      (await client.POST('/api/v1/{workspace}/supply/exceptions/actions', { params: { path }, body })).data,
    onSuccess: async (done, { next, fix }) => {
      const refused = done?.results.filter((result) => !result.ok) ?? [];
      const went = (done?.results.length ?? 0) - refused.length;
      if (refused.length === 0) setTyped({});
      if (went > 0) {
        onSaid(t('did', { fix: t(`fix.${fix}`), cause: t(`cause.${group.cause}`), count: went }));
      }
      // Where to go was fixed when the key was pressed: the list is another one by now.
      if (next && refused.length === 0) onNext(next);
      await reread();
    },
  });
  const taking = (row: Row): string => typed[row.id] ?? String(row.suggested || '');
  const takes = (row: Row): number => Number(taking(row));
  const takable = (some: Row[]) =>
    some.filter((row) => row.fixes.includes('take') && row.asked !== null && takes(row) >= 1);
  const reason = (fix: string): string | null => {
    if (denied) return denied;
    if (ANSWERING.has(fix) && mayNotConfirm) return mayNotConfirm;
    if (fix === 'hold' && mayNotHold) return mayNotHold;
    if ((fix === 'pause_code' || fix === 'pause_rule') && mayNotRule) return mayNotRule;
    if (chosen.length === 0) return t('chooseSome');
    if (fix === 'match_sku' && new Set(chosen.map((row) => row.asin)).size > 1) return t('oneProduct');
    if (fix === 'match_sku' && !sku.trim()) return t('typeSku');
    if (fix === 'backorder' && !date) return t('typeDate');
    if (fix === 'note' && !note.trim()) return t('typeNote');
    return null;
  };
  const apply = (fix: Fix, some: Row[], next: string | null = null): void => {
    const able = fix === 'note' ? some : some.filter((row) => row.fixes.includes(fix));
    const wanted = fix === 'take' ? takable(able) : able;
    if (wanted.length === 0) return;
    if (SENDING.has(fix) && sending === null) {
      setSending({ fix, rows: wanted, next });
      return;
    }
    setSending(null);
    act.mutate({
      fix,
      ids: wanted.map((row) => row.id),
      quantities:
        fix === 'take' ? Object.fromEntries(wanted.map((row) => [row.id, Math.trunc(takes(row))])) : {},
      ...(ANSWERING.has(fix) ? { shown: asShown(wanted) } : {}),
      ...(fix === 'match_sku' ? { sku: sku.trim() } : {}),
      ...(fix === 'backorder' ? { at: new Date(`${date}T12:00:00Z`).toISOString() } : {}),
      ...(fix === 'note' ? { note: note.trim() } : {}),
      ...(fix === 'hold' ? { note: t(`cause.${group.cause}`) } : {}),
      next,
    });
  };
  const offered = (group.fixes as Fix[]).filter(
    (fix) => !LEADING.has(fix) && rows.some((row) => row.fixes.includes(fix)),
  );
  const first = offered[0];
  const able = (fix: Fix): number => chosen.filter((row) => row.fixes.includes(fix)).length;
  useKeys([
    {
      keys: 'mod+enter',
      label: 'keys.applyAndNext',
      run: () => first && !reason(first) && apply(first, chosen, following),
    },
    { keys: 's', label: 'keys.snooze', run: () => !denied && chosen.length > 0 && setSnoozing(true) },
  ]);
  const refused = act.data?.results.filter((result) => !result.ok) ?? [];
  return (
    <section className="card flush cause-panel" aria-label={t(`cause.${group.cause}`)}>
      <header className="head">
        <h2>{t(`cause.${group.cause}`, { defaultValue: group.cause })}</h2>
        <small>
          {group.orders > 0
            ? `${t('orders', { count: group.orders })} · ${t('lines', { count: group.lines })}`
            : t('cases', { count: group.exceptions })}{' '}
          · {t('ownedBy', { role: t(`common:role.${group.owner_role}`) })}
        </small>
      </header>
      <p className="cause-help">{t(`help.${group.cause}`, { defaultValue: '' })}</p>
      <fieldset className="fixes">
        <legend className="label">
          {chosen.length === rows.length ? t('fixAll') : t('fixSome', { count: chosen.length })}
        </legend>
        {offered.map((fix, position) => (
          <span key={fix} className="fix">
            {fix === 'match_sku' ? (
              <>
                <input
                  className="field"
                  list="skus"
                  aria-label={t('sku')}
                  placeholder={t('sku')}
                  value={sku}
                  onChange={(event) => setSku(event.target.value)}
                />
                <datalist id="skus">
                  {found.data?.rows.map((item) => (
                    <option key={item.id} value={item.sku}>
                      {item.title}
                    </option>
                  ))}
                </datalist>
              </>
            ) : null}
            {fix === 'backorder' ? (
              <input
                className="field"
                type="date"
                aria-label={t('backorderFrom')}
                value={date}
                onChange={(event) => setDate(event.target.value)}
              />
            ) : null}
            <Button
              primary={position === 0}
              reason={reason(fix)}
              busy={act.isPending && act.variables?.fix === fix}
              onClick={() => apply(fix, chosen)}
            >
              {t(`fix.${fix}`)}
              {able(fix) > 1 ? ` (${format.count(able(fix))})` : ''}
            </Button>
          </span>
        ))}
        <Button reason={reason('snooze')} onClick={() => setSnoozing(true)}>
          {t('snooze')}
        </Button>
      </fieldset>
      {ASKING.has(first ?? '') ? <p className="label cause-help">{t(`asks.${first}`)}</p> : null}
      {act.isError ? <Notice tone="critical">{problems.text(act.error)}</Notice> : null}
      {refused.length > 0 ? (
        <Notice tone="caution">
          {t('refused', { count: refused.length })}{' '}
          {problems.refusal({ code: refused[0]?.code ?? '', detail: refused[0]?.detail ?? null })}
        </Notice>
      ) : null}
      {list.isError ? (
        <FailedState
          compact
          what={t(`cause.${group.cause}`)}
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      ) : list.isPending ? (
        <SkeletonCard lines={6} />
      ) : (
        <ul className="exception-rows">
          {rows.map((row) => (
            <ExceptionLine
              key={row.id}
              row={row}
              chosen={!left.has(row.id)}
              onChoose={() => {
                const next = new Set(left);
                if (!next.delete(row.id)) next.add(row.id);
                setLeft(next);
              }}
              taking={taking(row)}
              onTake={(value) => setTyped({ ...typed, [row.id]: value })}
              reason={denied ?? mayNotConfirm}
              onApply={() => apply('take', [row])}
            />
          ))}
        </ul>
      )}
      {list.data?.next ? <p className="label cause-help">{t('more', { count: PAGE })}</p> : null}
      <form
        className="fixes cause-note"
        onSubmit={(event) => {
          event.preventDefault();
          if (!reason('note')) apply('note', chosen);
        }}
      >
        <label className="label" htmlFor="exception-note">
          {t('noteLabel')}
        </label>
        <input
          id="exception-note"
          className="field"
          value={note}
          maxLength={1000}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button type="submit" reason={reason('note')}>
          {t('fix.note')}
        </Button>
      </form>
      {sending ? (
        <SendDialog
          fix={sending.fix}
          rows={sending.rows}
          busy={act.isPending}
          onClose={() => setSending(null)}
          onSend={() => apply(sending.fix, sending.rows, sending.next)}
        />
      ) : null}
      <SnoozeDialog
        opened={snoozing}
        ids={chosen.map((row) => row.id)}
        onClose={() => setSnoozing(false)}
        onDone={reread}
      />
    </section>
  );
}

function ExceptionLine({
  row,
  chosen,
  onChoose,
  taking,
  onTake,
  reason,
  onApply,
}: {
  row: Row;
  chosen: boolean;
  onChoose(): void;
  taking: string;
  onTake(value: string): void;
  reason: string | null;
  onApply(): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'trace', 'reasons', 'doors']);
  const format = useFormats();
  const message = useMessage();
  const workspace = useWorkspace();
  const name = row.title ?? row.sku ?? row.asin;
  const mayReadRules = useMay('rules.read');
  const knob = row.message && mayReadRules ? knobOf(row.message.message) : null;
  const takable = row.fixes.includes('take') && row.asked !== null;
  const number = Number(taking);
  const wrong =
    takable && (!Number.isInteger(number) || number < 1 || number > (row.asked ?? 0))
      ? t('takeBetween', { most: format.count(row.asked ?? 0) })
      : null;
  return (
    <li className="exception-row">
      <input
        type="checkbox"
        checked={chosen}
        onChange={onChoose}
        aria-label={t('choose', { order: row.po_number ?? row.vendor_code ?? '', line: row.sequence ?? '' })}
      />
      <span className="exception-what">
        {row.order_id ? (
          <Link
            className="mono order-link strong"
            to="/$workspace/supply/orders/$orderId"
            params={{ workspace: workspace.slug, orderId: row.order_id }}
          >
            {row.po_number}
          </Link>
        ) : (
          <span className="strong">{row.vendor_code ?? row.sku}</span>
        )}{' '}
        <span className="label">
          {[row.country, row.sequence ? t('line', { number: row.sequence }) : null]
            .filter(Boolean)
            .join(' · ')}
        </span>
        <span className="exception-why">
          {name && row.order_id && row.message
            ? t('doors:sheet.lead', { name, text: message(row.message) })
            : row.message
              ? message(row.message)
              : null}
        </span>
      </span>
      <span className="exception-facts tabular">
        {row.due_at ? <Clock until={row.due_at} /> : null}
        {row.asked !== null ? <span>{t('asked', { units: format.count(row.asked) })}</span> : null}
        {row.value !== null ? <Money amount={row.value} currency={row.currency} named /> : null}
      </span>
      {row.rule_id ? (
        <Link
          className="button"
          to="/$workspace/supply/rules"
          params={{ workspace: workspace.slug }}
          search={
            row.rule_change
              ? {
                  rule: 'new',
                  from: row.rule_id,
                  sku: row.sku ?? undefined,
                  change: row.rule_change as 'more' | 'less' | 'later',
                }
              : { rule: row.rule_id }
          }
        >
          {t(row.rule_change ? 'fix.change_rule' : 'fix.open_rule')}
        </Link>
      ) : null}
      {knob && row.decided_rule_id ? (
        <Link
          className="button"
          to="/$workspace/supply/rules"
          params={{ workspace: workspace.slug }}
          search={{ rule: row.decided_rule_id, knob }}
        >
          {t('reasons:limit')}
        </Link>
      ) : null}
      {takable ? (
        <form
          className="exception-take"
          onSubmit={(event) => {
            event.preventDefault();
            if (!reason && !wrong) onApply();
          }}
        >
          <input
            className="field"
            inputMode="numeric"
            aria-label={t('takeOf', { name: name ?? row.sequence ?? '' })}
            value={taking}
            onChange={(event) => onTake(event.target.value)}
          />
          <Button type="submit" reason={reason ?? wrong}>
            {t('apply')}
          </Button>
        </form>
      ) : null}
    </li>
  );
}
