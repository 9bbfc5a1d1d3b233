/** One cause: what happened, the fix for all or for some of its lines, and the lines themselves. */
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { AssignDialog } from '../hands/HandDialogs';
import type { HolderWish } from '../hands/HolderOptions';
import { nameOf, useColleagues } from '../hands/use_colleagues';
import { ExceptionLine } from './ExceptionLine';
import { SendDialog } from './SendDialog';
import { SnoozeDialog } from './SnoozeDialog';
import { ANSWERING, asShown, SENDING } from './sending';

type Row = Schemas['ExceptionRow'];
type Action = Schemas['ActionIn'];
type Fix = Action['fix'];

/** Fixes that are pressed and done; the others ask for something first. */
const ASKING: ReadonlySet<string> = new Set(['match_sku', 'take', 'backorder', 'redate']);
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
  onOpen,
}: {
  group: Schemas['CauseGroup'];
  state: 'open' | 'snoozed' | 'resolved';
  query: Record<string, string>;
  /** The cause after this one, for who goes through them. */
  following: string | null;
  /** Told what was done, in words that outlive this panel. */
  onSaid(words: string): void;
  onNext(cause: string): void;
  /** Shows one beside the list: who has it, what was said of it. */
  onOpen(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace', 'lists']);
  const colleagues = useColleagues();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
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
  const [asking, setAsking] = useState<'snooze' | 'assign' | null>(null);
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
    mutationFn: async ({ next: _, of: __, ...body }: Action & { next?: string | null; of: Row[] }) =>
      (await client.POST('/api/v1/{workspace}/supply/exceptions/actions', { params: { path }, body })).data,
    // `of`: the rows as they were when it was pressed; the list is another one by now.
    onSuccess: async (done, { next, fix, of }) => {
      const refused = done?.results.filter((result) => !result.ok) ?? [];
      const went = (done?.results.length ?? 0) - refused.length;
      if (refused.length === 0) setTyped({});
      if (went > 0) {
        const mended = new Set(done?.results.flatMap((result) => (result.ok ? [result.id] : [])));
        onSaid(
          t('did', {
            fix: labelOf(
              fix,
              of.filter((row) => mended.has(row.id)),
              true,
            ),
            cause: t(`cause.${group.cause}`),
          }),
        );
      }
      // Where to go was fixed when the key was pressed: the list is another one by now.
      if (next && refused.length === 0) onNext(next);
      await reread();
    },
  });
  const assign = useMutation({
    mutationFn: async (holder: HolderWish) =>
      (
        await client.POST('/api/v1/{workspace}/supply/exceptions/assignments', {
          params: { path },
          body: { ids: chosen.map((row) => row.id), ...holder },
        })
      ).data,
    onSuccess: async (done, holder) => {
      const given = done?.results.filter((result) => result.ok).length ?? 0;
      const name = nameOf(colleagues, holder);
      const failed = done?.results.find((result) => !result.ok)?.problem;
      const said = t(name ? 'assigned' : 'takenBack', { count: given, name });
      onSaid(
        failed
          ? `${said} ${t('refused', { count: (done?.results.length ?? 0) - given })} ${problems.refusal(failed)}`
          : said,
      );
      setAsking(null);
      await reread();
    },
  });
  /** A fix in words, with how much it touches where that is more than one. */
  const labelOf = (fix: Fix, some: Row[], always = false): string => {
    const count = some.length;
    if (count < (always ? 1 : 2)) return t(`fix.${fix}`);
    const unit = some.every((row) => row.sequence)
      ? 'lines'
      : some.every((row) => row.order_id)
        ? 'orders'
        : 'cases';
    return t([`fixOn.${fix}`, `fixOn.${unit}`], { fix: t(`fix.${fix}`), count });
  };
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
    if ((fix === 'backorder' || fix === 'redate') && !date) return t('typeDate');
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
      ...(fix === 'backorder' || fix === 'redate' ? { at: new Date(`${date}T12:00:00Z`).toISOString() } : {}),
      ...(fix === 'note' ? { note: note.trim() } : {}),
      ...(fix === 'hold' ? { note: t(`cause.${group.cause}`) } : {}),
      next,
      of: wanted,
    });
  };
  const offered = (group.fixes as Fix[]).filter(
    (fix) => !LEADING.has(fix) && rows.some((row) => row.fixes.includes(fix)),
  );
  const first = offered[0];
  const able = (fix: Fix): Row[] =>
    fix === 'take' ? takable(chosen) : chosen.filter((row) => row.fixes.includes(fix));
  useKeys([
    {
      keys: 'mod+enter',
      label: 'keys.applyAndNext',
      run: () => first && !reason(first) && !act.isPending && apply(first, chosen, following),
    },
    { keys: 's', label: 'keys.snooze', run: () => !denied && chosen.length > 0 && setAsking('snooze') },
    { keys: 'a', label: 'keys.assign', run: () => !denied && chosen.length > 0 && setAsking('assign') },
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
            {fix === 'backorder' || fix === 'redate' ? (
              <input
                className="field"
                type="date"
                aria-label={t(fix === 'redate' ? 'redateTo' : 'backorderFrom')}
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
              {labelOf(fix, able(fix))}
            </Button>
          </span>
        ))}
        <Button reason={reason('assign')} onClick={() => setAsking('assign')}>
          {t('lists:bulk.assign')}
        </Button>
        <Button reason={reason('snooze')} onClick={() => setAsking('snooze')}>
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
              onOpen={() => onOpen(row.id)}
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
        opened={asking === 'snooze'}
        ids={chosen.map((row) => row.id)}
        onClose={() => setAsking(null)}
        onDone={(count) => {
          onSaid(t('didSnooze', { count }));
          return reread();
        }}
      />
      {asking === 'assign' ? (
        <AssignDialog
          kind="exception"
          count={chosen.length}
          busy={assign.isPending}
          error={assign.error}
          onClose={() => setAsking(null)}
          onAct={(holder) => assign.mutate(holder)}
        />
      ) : null}
    </section>
  );
}
