/** The causes, each with what it is worth and its first clock, and beside them the one that is looked at. */
import { type JSX, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useStableRows } from '~/lib/stable_rows';
import { Clock } from '~/ui/Clock';
import { Icon } from '~/ui/Icon';
import { Sums } from '~/ui/Money';
import { ProgressLine, SkeletonCard } from '~/ui/states';
import type { Aftermath } from './Aftermath';
import { CausePanel, PANEL } from './CausePanel';

type State = 'open' | 'snoozed' | 'resolved';

export function Causes({
  groups: answer,
  fetching,
  state,
  query,
  asOf,
  chosen,
  after,
  onChoose,
  onOpen,
}: {
  groups: Schemas['CauseGroup'][];
  fetching: boolean;
  state: State;
  query: Record<string, string>;
  /** Of when the groups are. */
  asOf: string;
  chosen: string | undefined;
  after: Aftermath;
  onChoose(cause: string): void;
  onOpen(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common']);
  // The list keeps its order under the hand: what comes in meanwhile waits until it is asked for.
  const stable = useStableRows(
    answer.map((group) => ({ id: group.cause, group })),
    JSON.stringify({ state, query }),
  );
  const groups = stable.rows.map((row) => row.group);
  // A cause that is healed while it is looked at leaves the list; the place in it is kept.
  const [place, setPlace] = useState(0);
  const found = groups.findIndex((group) => group.cause === chosen);
  const index = found >= 0 ? found : Math.min(place, groups.length - 1);
  const current = groups[index] as Schemas['CauseGroup'];
  useEffect(() => setPlace(index), [index]);
  // Who goes by keys stands in the panel, so that Tab leads to its fixes; it is another panel when the cause is another.
  const inPanel = useRef(false);
  const enter = (): void => document.getElementById(PANEL)?.focus({ preventScroll: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the cause that is looked at is another one.
  useEffect(() => {
    if (inPanel.current && document.activeElement === document.body) enter();
  }, [current.cause]);
  const go = (to: number): void => {
    inPanel.current = true;
    enter();
    const next = groups[Math.max(0, Math.min(groups.length - 1, to))];
    if (next) onChoose(next.cause);
  };
  useKeys([
    { keys: 'j', label: 'keys.nextCause', run: () => go(index + 1) },
    { keys: 'k', label: 'keys.previousCause', run: () => go(index - 1) },
  ]);
  return (
    <div className="exceptions">
      <section className="card flush causes" aria-label={t('causes')}>
        <ProgressLine active={fetching} />
        {stable.fresh > 0 ? (
          <button type="button" className="pill causes-fresh" data-show-new onClick={stable.show}>
            {t('fresh', { count: stable.fresh })}
          </button>
        ) : null}
        <ul>
          {groups.map((group) => (
            <li key={group.cause}>
              <button
                type="button"
                className="cause"
                aria-pressed={group.cause === current.cause}
                onClick={() => {
                  inPanel.current = false;
                  onChoose(group.cause);
                }}
              >
                <span className={`cause-name tone-${group.severity === 'critical' ? 'critical' : 'caution'}`}>
                  <Icon name={group.severity === 'info' ? 'hand' : 'bang'} size={12} />
                  <span className="strong">{t(`cause.${group.cause}`, { defaultValue: group.cause })}</span>
                </span>
                <span className="cause-clock">
                  {group.first_due_at ? <Clock until={group.first_due_at} /> : '–'}
                </span>
                <span className="label cause-facts">
                  {group.orders > 0
                    ? `${t('orders', { count: group.orders })} · ${t('lines', { count: group.lines })}`
                    : t('cases', { count: group.exceptions })}
                  {group.value_by_currency.length > 0 ? (
                    <>
                      {' · '}
                      <Sums sums={group.value_by_currency} />
                    </>
                  ) : null}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      {/* Words of a panel may come after it: the causes stay meanwhile. */}
      <Suspense fallback={<SkeletonCard lines={8} />}>
        <CausePanel
          key={`${current.cause}-${state}`}
          group={current}
          state={state}
          query={query}
          asOf={asOf}
          following={(groups[index + 1] ?? groups[index - 1])?.cause ?? null}
          after={after}
          onOpen={onOpen}
          onNext={(cause) => groups.length > 1 && onChoose(cause)}
        />
      </Suspense>
    </div>
  );
}
