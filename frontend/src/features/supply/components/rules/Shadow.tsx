/** A version in shadow: how it would have differed since it began, which lines, and what comes next. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { useRuleName } from '~/ui/Provenance';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { Deltas, useDeltas } from './Deltas';
import { type Asked, SimulatedLines } from './SimulatedLines';
import './simulation.css';

type Report = Schemas['ShadowOut'];

function useShadow(rule: Schemas['RuleDetail']) {
  const workspace = useWorkspace();
  return api.useQuery('get', '/api/v1/{workspace}/supply/rules/{rule_id}/shadow', {
    params: { path: { workspace: workspace.slug, rule_id: rule.id } },
  });
}

/** Since when it is in shadow and until when, or how it ended. */
function useSpan(): (shadow: Report) => string {
  const { t } = useTranslation('shadow');
  const format = useFormats();
  return (shadow) =>
    shadow.end_reason && shadow.ended_at
      ? t(`ended.${shadow.end_reason}`, { at: format.dateTime(shadow.ended_at) })
      : t('until', { at: format.dateTime(shadow.ends_at) });
}

/** Beside the editor: what is in shadow, the main differences, and the way to the report. */
export function ShadowCard({
  rule,
  onOpen,
}: {
  rule: Schemas['RuleDetail'];
  onOpen(): void;
}): JSX.Element | null {
  const { t } = useTranslation('shadow');
  const ruleName = useRuleName();
  const found = useShadow(rule);
  const span = useSpan();
  const shadow = found.data?.shadow ?? null;
  if (shadow === null) return null;
  return (
    <Card title={t('title', { name: ruleName(rule.name), version: shadow.version })} aside={span(shadow)}>
      <div className="sim-spaced">
        {shadow.now ? <Main shadow={shadow} /> : <p className="quiet">{t('noOrders')}</p>}
        <Button onClick={onOpen}>{t('report')}</Button>
      </div>
    </Card>
  );
}

function Main({ shadow }: { shadow: Report }): JSX.Element {
  const { t } = useTranslation('simulation');
  const rows = useDeltas({ ...shadow, compared_with: 'running' }, true);
  return (
    <ul className="rule-words" aria-label={t('table')}>
      {rows.map((row) => (
        <li key={row.name}>
          {t('proof.row', { name: row.name, was: row.was, now: row.now, delta: row.delta })}
        </li>
      ))}
    </ul>
  );
}

export function Shadow({
  rule,
  denied,
  onBack,
  onEnable,
}: {
  rule: Schemas['RuleDetail'];
  denied: string | null;
  onBack(): void;
  onEnable(version: Schemas['RuleVersion']): void;
}): JSX.Element {
  const { t } = useTranslation(['shadow', 'simulation']);
  const ruleName = useRuleName();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const span = useSpan();
  const found = useShadow(rule);
  const heading = useRef<HTMLHeadingElement>(null);
  const there = found.data !== undefined;
  useEffect(() => {
    if (there) heading.current?.focus();
  }, [there]);
  const path = { workspace: workspace.slug, rule_id: rule.id };
  const stop = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/supply/rules/{rule_id}/shadow', { params: { path } }),
    onSettled: () =>
      queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      }),
  });
  const load = async ({ kind, sort, sku, after }: Asked) => {
    const { data } = await client.GET('/api/v1/{workspace}/supply/rules/{rule_id}/shadow/lines', {
      params: {
        path,
        query: {
          class: kind as Schemas['ShadowLineOut']['kind'],
          sort,
          ...(sku ? { sku } : {}),
          ...(after ? { after } : {}),
        },
      },
    });
    return data as Schemas['ShadowLines'];
  };
  if (found.isError && !found.data) {
    return <FailedState what={t('open')} error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (!found.data) return <SkeletonCard lines={6} />;
  const shadow = found.data.shadow;
  const going = shadow !== null && shadow.end_reason === null;
  const version = rule.versions.find((one) => one.number === shadow?.version);
  const title = shadow
    ? t('title', { name: ruleName(rule.name), version: shadow.version })
    : t('titleNone', { name: ruleName(rule.name) });
  return (
    <div className="stack">
      <Card title={title} aside={shadow ? span(shadow) : null}>
        <h3 ref={heading} tabIndex={-1} className="visually-hidden">
          {title}
        </h3>
        <p className="quiet">{t('lead')}</p>
        {shadow ? (
          <p className="label">
            {t('since', { at: format.dateTime(shadow.started_at), who: shadow.started_by })}
          </p>
        ) : (
          <p>{t('none')}</p>
        )}
        {stop.isError ? <Notice tone="critical">{says.text(stop.error)}</Notice> : null}
      </Card>
      {shadow?.now ? (
        <>
          <Card
            title={t('simulation:result')}
            aside={t('simulation:sums', {
              orders: format.count(shadow.orders),
              lines: format.count(shadow.lines),
            })}
          >
            <div className="sim-spaced">
              <Deltas simulation={{ ...shadow, compared_with: 'running' }} />
              <p className="quiet">{t('once')}</p>
              {shadow.now.fees_unknown > 0 ? (
                <p className="quiet">
                  {t('simulation:feesUnknown', {
                    count: shadow.now.fees_unknown,
                    lines: format.count(shadow.now.fees_unknown),
                  })}
                </p>
              ) : null}
            </div>
          </Card>
          <Card title={t('simulation:changed')}>
            <div className="sim-spaced">
              {shadow.waiting > 0 ? (
                <p className="quiet">
                  {t('waiting', { count: shadow.waiting, lines: format.count(shadow.waiting) })}
                </p>
              ) : null}
              <SimulatedLines
                // What is decided again replaces its lines: a report that moved on is read anew.
                key={`${shadow.orders}-${shadow.lines}-${shadow.classes.map((one) => one.lines).join('-')}`}
                id={shadow.id}
                classes={shadow.classes}
                most={shadow.kept}
                load={load}
                onExcept={null}
              />
            </div>
          </Card>
        </>
      ) : null}
      {shadow && !shadow.now ? <Notice tone="neutral">{t('noOrders')}</Notice> : null}
      {shadow && shadow.moved > 0 ? (
        <Notice tone="caution">
          {t('leftOut.moved', { count: shadow.moved, orders: format.count(shadow.moved) })}
        </Notice>
      ) : null}
      {shadow && shadow.answered > 0 ? (
        <Notice tone="neutral">
          {t('leftOut.answered', { count: shadow.answered, orders: format.count(shadow.answered) })}
        </Notice>
      ) : null}
      <div className="rule-bar" data-foot>
        <Button onClick={onBack}>{t('back')}</Button>
        {going ? (
          <Button reason={denied} busy={stop.isPending} onClick={() => stop.mutate()}>
            {t('stop')}
          </Button>
        ) : null}
        {version ? (
          <Button
            primary
            reason={denied ?? (version.activates_at !== null ? t('enableBefore') : null)}
            onClick={() => onEnable(version)}
          >
            {t('enable')}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
