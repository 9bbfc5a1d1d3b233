/** One cause: what happened, the fix for all or for some of its lines, and the lines themselves. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { Button } from '~/ui/Button';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { useUnread } from '~/ui/unread';
import { AssignDialog } from '../hands/HandDialogs';
import { nameOf, useColleagues } from '../hands/use_colleagues';
import type { Aftermath } from './Aftermath';
import { MORE } from './beside';
import { ExceptionLine } from './ExceptionLine';
import { Fixes, NoteForm, type Typed } from './Fixes';
import { InSteps } from './InSteps';
import { SendDialog } from './SendDialog';
import { SnoozeDialog } from './SnoozeDialog';
import { ANSWERING, asShown, MOST, MOST_ANSWERS, SENDING } from './sending';
import { type Chosen, type Fix, useActing } from './use_acting';
import { useCauseRows } from './use_cause_rows';
import { useOfferWake, useWake } from './use_sight';

type Row = Schemas['ExceptionRow'];

/** Fixes that are pressed and done; the others ask for something first. */
const ASKING: ReadonlySet<string> = new Set(['match_sku', 'take', 'backorder', 'redate']);
/** Fixes that lead to where the work is. */
const LEADING: ReadonlySet<string> = new Set(['open_rule', 'change_rule']);

const NOTHING: Typed = { sku: '', date: '', note: '' };

/** The panel as a place: the keys that go through the causes lead into it, and Tab from there to its fixes. */
export const PANEL = 'cause-panel';

export function CausePanel({
  group,
  state,
  query,
  asOf,
  following,
  after,
  onNext,
  onOpen,
}: {
  group: Schemas['CauseGroup'];
  state: 'open' | 'snoozed' | 'resolved';
  query: Record<string, string>;
  /** Of when the group is. */
  asOf: string;
  /** The cause after this one, for who goes through them. */
  following: string | null;
  /** What is said and watched of what was done here: it outlives this panel. */
  after: Aftermath;
  onNext(cause: string): void;
  /** Shows one beside the list: who has it, what was said of it. */
  onOpen(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace', 'lists']);
  const colleagues = useColleagues();
  const problems = useProblems();
  const format = useFormats();
  const denied = useDenied('exceptions.resolve');
  const mayNotConfirm = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const mayNotRule = useDenied('rules.write');
  const [quantities, setQuantities] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState<Typed>(NOTHING);
  const [asking, setAsking] = useState<'snooze' | 'assign' | null>(null);
  /** A fix that sends, while it is looked over. */
  const [sending, setSending] = useState<{ fix: Fix; rows: Row[]; next: string | null } | null>(null);
  const [reading, setReading] = useState(false);
  /** Why all that match could not be read. */
  const [unread, setUnread] = useState<unknown>(null);
  /** A press is a press once, also before the page has drawn that it was. */
  const begun = useRef(false);
  /** Whether the panel still stands: who went elsewhere is not led away. */
  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const found = useCauseRows(group, state, query, asOf);
  const { rows, chosen, list } = found;
  const acting = useActing({
    cause: group.cause,
    after,
    onDone: (deed, { refused, went, stopped }) => {
      if (refused.length === 0) setQuantities({});
      // A SKU and a date were said of what was fixed, not of what comes next in the list.
      if (went > 0) setTyped((was) => ({ ...NOTHING, note: deed.fix === 'note' ? '' : was.note }));
      setSending(null);
      found.letGo();
      const wrong = new Set(refused.map((one) => one.id));
      const mended = deed.of.filter((row) => !wrong.has(row.id));
      if (went > 0)
        after.say(
          `${t('did', { fix: labelOf(deed.fix, mended, went, true), cause: t(`cause.${group.cause}`) })}${
            stopped ? ` ${t('stopped', { done: format.count(went), total: format.count(deed.count) })}` : ''
          }`,
        );
      // Where to go was fixed when the key was pressed: the list is another one by now.
      if (deed.next && refused.length === 0 && here.current) onNext(deed.next);
    },
    onRefused: found.letGo,
    onAssigned: (done, holder) => {
      const given = done.results.filter((result) => result.ok).length;
      const name = nameOf(colleagues, holder);
      const failed = done.results.find((result) => !result.ok)?.problem;
      const said = t(name ? 'assigned' : 'takenBack', { count: given, name });
      after.say(
        failed
          ? `${said} ${t('refused', { count: (done.results.length ?? 0) - given })} ${problems.refusal(failed)}`
          : said,
      );
      setAsking(null);
    },
  });
  const { act } = acting;
  const wake = useWake((count) => after.say(t('didWake', { count })));
  const offerWake = useOfferWake((count) => after.say(t('didWake', { count })));
  /** A day that cannot be read is in the way of its fix, also of one that a key would press. */
  const undated = useUnread();
  /** A fix in words, with how much it touches where that is more than one. */
  const labelOf = (fix: Fix, some: readonly Row[], count: number, always = false): string => {
    if (count < (always ? 1 : 2)) return t(`fix.${fix}`);
    const unit = some.every((row) => row.sequence)
      ? 'lines'
      : some.every((row) => row.order_id)
        ? 'orders'
        : 'cases';
    return t([`fixOn.${fix}`, `fixOn.${unit}`], { fix: t(`fix.${fix}`), count });
  };
  const taking = (row: Row): string => quantities[row.id] ?? String(row.suggested || '');
  const takes = (row: Row): number => Number(taking(row));
  const takable = (some: readonly Row[]) =>
    some.filter((row) => row.fixes.includes('take') && row.asked !== null && takes(row) >= 1);
  const able = (fix: Fix, some: readonly Row[]): Row[] =>
    fix === 'take'
      ? takable(some)
      : fix === 'note'
        ? [...some]
        : some.filter((row) => row.fixes.includes(fix));
  const underway = reading ? t('loadingAll') : acting.running || act.isPending ? t('underway') : null;
  const reason = (fix: string): string | null => {
    if (denied) return denied;
    if (ANSWERING.has(fix) && mayNotConfirm) return mayNotConfirm;
    if (fix === 'hold' && mayNotHold) return mayNotHold;
    if ((fix === 'pause_code' || fix === 'pause_rule') && mayNotRule) return mayNotRule;
    if (underway) return underway;
    if (chosen.length === 0) return t('chooseSome');
    const most = ANSWERING.has(fix) ? MOST_ANSWERS : MOST;
    if (found.count > most) return t('tooMany', { most: format.count(most) });
    if (fix === 'take' && takable(chosen).length === 0) return t('typeQuantity');
    if (fix === 'match_sku' && new Set(chosen.map((row) => row.asin)).size > 1) return t('oneProduct');
    if (fix === 'match_sku' && !typed.sku.trim()) return t('typeSku');
    if (undated.has(fix)) return t('common:day.unread');
    if ((fix === 'backorder' || fix === 'redate') && !typed.date) return t('typeDate');
    if (fix === 'note' && !typed.note.trim()) return t('typeNote');
    return null;
  };
  /** All that match are read to the end where each has to be named. */
  const whole = async (): Promise<Row[]> => {
    if (!found.all) return chosen;
    setReading(true);
    try {
      const all = await found.readAll();
      if (all.length !== found.count) {
        found.letGo();
        throw new ApiProblem(409, { code: 'count_moved' }, null);
      }
      return all;
    } finally {
      setReading(false);
    }
  };
  const named = (some: readonly Row[]): Chosen => ({ ids: some.map((row) => row.id) });
  const matching = (): Chosen => ({
    filter: found.filter,
    expected_count: found.count,
    as_of: found.asOf,
  });
  const start = (
    fix: Fix,
    some: Row[],
    next: string | null,
    which: Chosen,
    count: number,
  ): Promise<unknown> =>
    act.mutateAsync({
      chosen: which,
      fix,
      of: some,
      count,
      next,
      more: {
        ...(fix === 'take'
          ? { quantities: Object.fromEntries(some.map((row) => [row.id, Math.trunc(takes(row))])) }
          : {}),
        ...(ANSWERING.has(fix) ? { shown: asShown(some) } : {}),
        ...(fix === 'match_sku' ? { sku: typed.sku.trim() } : {}),
        ...(fix === 'backorder' || fix === 'redate'
          ? { at: new Date(`${typed.date}T12:00:00Z`).toISOString() }
          : {}),
        ...(fix === 'note' ? { note: typed.note.trim() } : {}),
        ...(fix === 'hold' ? { note: t(`cause.${group.cause}`) } : {}),
      },
    });
  const go = async (fix: Fix, some: Row[] | null, next: string | null): Promise<unknown> => {
    if (some === null && found.all && !ANSWERING.has(fix))
      return start(fix, able(fix, rows), next, matching(), found.count);
    const wanted = able(fix, some ?? (await whole()));
    if (wanted.length === 0) return undefined;
    if (!SENDING.has(fix))
      return start(fix, wanted, next, { ...named(wanted), as_of: found.asOf }, wanted.length);
    return setSending({ fix, rows: wanted, next });
  };
  const once = async (does: () => Promise<unknown>): Promise<void> => {
    if (begun.current) return;
    begun.current = true;
    setUnread(null);
    try {
      await does();
    } catch (error) {
      setUnread(error);
    } finally {
      begun.current = false;
    }
  };
  const apply = (fix: Fix, some: Row[] | null, next: string | null = null): Promise<void> =>
    once(() => go(fix, some, next));
  const offered = (group.fixes as Fix[]).filter(
    (fix) => !LEADING.has(fix) && rows.some((row) => row.fixes.includes(fix)),
  );
  const first = offered[0];
  useKeys([
    {
      keys: 'mod+enter',
      label: 'keys.applyAndNext',
      run: () => first && !reason(first) && void apply(first, null, following),
    },
    { keys: 's', label: 'keys.snooze', run: () => !denied && chosen.length > 0 && setAsking('snooze') },
    { keys: 'a', label: 'keys.assign', run: () => !denied && chosen.length > 0 && setAsking('assign') },
  ]);
  return (
    <section
      className="card flush cause-panel"
      id={PANEL}
      tabIndex={-1}
      aria-label={t(`cause.${group.cause}`)}
    >
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
      <Fixes
        legend={
          found.all
            ? t('fixMany', { count: found.count })
            : chosen.length === rows.length && !list.hasNextPage
              ? t('fixAll')
              : t('fixSome', { count: chosen.length })
        }
        offered={offered}
        typed={typed}
        onType={(change) => setTyped({ ...typed, ...change })}
        label={(fix) => labelOf(fix, able(fix, chosen), found.all ? found.count : able(fix, chosen).length)}
        reason={reason}
        unread={undated}
        busy={wake.isPending ? 'wake' : act.isPending ? (act.variables?.fix ?? null) : null}
        asleep={state === 'snoozed'}
        onFix={(fix) => void apply(fix, null)}
        onAssign={() => setAsking('assign')}
        onSnooze={() => setAsking('snooze')}
        onWake={() => wake.mutate(found.all ? matching() : named(chosen))}
      />
      {ASKING.has(first ?? '') ? <p className="label cause-help">{t(`asks.${first}`)}</p> : null}
      {reading ? <p className="label cause-help">{t('loadingAll')}</p> : null}
      {act.isError && !sending ? <Notice tone="critical">{problems.text(act.error)}</Notice> : null}
      {unread && !act.isError ? <Notice tone="critical">{problems.text(unread)}</Notice> : null}
      {wake.isError ? <Notice tone="critical">{problems.text(wake.error)}</Notice> : null}
      {acting.assign.isError && asking !== 'assign' ? (
        <Notice tone="critical">{problems.text(acting.assign.error)}</Notice>
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
        <>
          {found.fresh > 0 ? (
            <button type="button" className="pill" data-show-new onClick={found.showFresh}>
              {t('freshRows', { count: found.fresh })}
            </button>
          ) : null}
          <ul className="exception-rows">
            <InSteps
              rows={rows}
              draw={(row) => (
                <ExceptionLine
                  key={row.id}
                  row={row}
                  chosen={found.all || !found.left.has(row.id)}
                  onChoose={() => found.toggle(row.id)}
                  taking={taking(row)}
                  onTake={(value) => setQuantities({ ...quantities, [row.id]: value })}
                  reason={denied ?? mayNotConfirm ?? underway}
                  onApply={() => void apply('take', [row])}
                  onOpen={() => onOpen(row.id)}
                />
              )}
            />
          </ul>
        </>
      )}
      {list.hasNextPage || found.all ? (
        <div className="list-foot exceptions-foot">
          <span className="label">
            {found.all
              ? t('allChosen', { count: found.count })
              : t('listed', { count: rows.length, all: format.count(group.exceptions) })}
          </span>
          <Button onClick={() => found.chooseAll(!found.all)}>
            {found.all ? t('onlyListed') : t('chooseAll', { count: group.exceptions })}
          </Button>
          {list.hasNextPage ? (
            <Button {...MORE} busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('showMore')}
            </Button>
          ) : null}
        </div>
      ) : null}
      <NoteForm
        note={typed.note}
        reason={reason('note')}
        onNote={(note) => setTyped({ ...typed, note })}
        onResolve={() => void apply('note', null)}
      />
      {sending ? (
        <SendDialog
          fix={sending.fix}
          rows={sending.rows}
          date={typed.date}
          busy={act.isPending}
          error={act.isError ? problems.text(act.error) : null}
          onClose={() => {
            setSending(null);
            act.reset();
          }}
          onSend={() =>
            void once(() =>
              start(sending.fix, sending.rows, sending.next, named(sending.rows), sending.rows.length),
            )
          }
        />
      ) : null}
      <SnoozeDialog
        opened={asking === 'snooze'}
        choose={async () => named(await whole())}
        count={found.count}
        onClose={() => setAsking(null)}
        onDone={async (count, which) => {
          offerWake(which, count);
          await acting.reread();
        }}
      />
      {asking === 'assign' ? (
        <AssignDialog
          kind="exception"
          count={found.count}
          busy={acting.assign.isPending || reading}
          error={acting.assign.error ?? (unread instanceof Error ? unread : null)}
          onClose={() => setAsking(null)}
          onAct={(holder) =>
            void once(async () =>
              acting.assign.mutateAsync({ ids: (await whole()).map((row) => row.id), holder }),
            )
          }
        />
      ) : null}
    </section>
  );
}
