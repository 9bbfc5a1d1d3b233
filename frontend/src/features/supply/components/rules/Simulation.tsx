/** A draft asked about past orders: how far it is, what it would change, which lines, and what comes next. */
import { type JSX, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Progress } from '~/ui/Progress';
import { useRuleName } from '~/ui/Provenance';
import { Segmented } from '~/ui/Segmented';
import { Notice } from '~/ui/states';
import { Deltas, tenths } from './Deltas';
import type { Body } from './fields';
import { SHADOW_DAYS } from './ShadowDialog';
import { type Asked, SimulatedLines } from './SimulatedLines';
import { goes, useSimulation } from './simulating';
import './simulation.css';

const PERIODS = [7, 28, 60, 90] as const;
type Days = (typeof PERIODS)[number];

export function Simulation({
  rule,
  name,
  body,
  remarks,
  denied,
  id,
  onId,
  onFound,
  onBody,
  onBack,
  onEnable,
  onShadow,
}: {
  /** null: a rule that is not saved yet. */
  rule: Schemas['RuleDetail'] | null;
  name: string;
  body: Body;
  /** What is odd about the draft: a limit that never acts changes nothing, and the figures alone do not say why. */
  remarks: string[];
  denied: string | null;
  /** The simulation that is shown; null: none was asked for yet. */
  id: string | null;
  onId(id: string): void;
  /** It was come to by its address, not asked for here. */
  onFound(found: Schemas['SimulationOut']): void;
  onBody(body: Body): void;
  onBack(): void;
  onEnable(version: Schemas['RuleVersion']): void;
  onShadow(version: Schemas['RuleVersion']): void;
}): JSX.Element {
  const { t } = useTranslation(['simulation', 'shadow', 'common', 'rules']);
  const ruleName = useRuleName();
  const format = useFormats();
  const workspace = useWorkspace();
  const says = useProblems();
  const { found, start, stop, failed } = useSimulation({ id, onId });
  const [days, setDays] = useState<Days>(60);
  const [versus, setVersus] = useState<'running' | 'happened'>('running');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const met = useRef(id === null);
  const there = found !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when what the address names is there
  useEffect(() => {
    if (met.current || !found) return;
    met.current = true;
    setDays(found.days as Days);
    setVersus(found.compared_with);
    onFound(found);
  }, [there]);
  const run = (of: Body, basedOn: string | null = null) =>
    start.mutate({
      rule_id: rule?.id ?? null,
      body: of,
      name: name.trim() || null,
      days,
      compared_with: versus,
      based_on: basedOn,
    });
  const except = (sku: string) => {
    const when = body.when ?? [];
    const known = when.find((one) => one.field === 'sku' && one.negated);
    const next: Body = {
      ...body,
      when: known
        ? when.map((one) => (one === known ? { ...one, values: [...one.values, sku] } : one))
        : [...when, { field: 'sku', negated: true, values: [sku] }],
    };
    onBody(next);
    // Only what the SKU can touch is decided again, if nothing else was changed since.
    run(
      next,
      found?.state === 'done' && found.days === days && found.compared_with === versus ? found.id : null,
    );
  };
  const going = start.isPending || goes(found?.state);
  const version = rule?.versions.find((one) => one.number === found?.version);
  const enable =
    denied ??
    (found?.state !== 'done'
      ? t('enable.first')
      : version === undefined
        ? t('enable.save')
        : version.activates_at !== null
          ? t('enable.before')
          : null);
  const download = async () => {
    const { data } = await client.GET('/api/v1/{workspace}/supply/rules/simulations/{simulation_id}/file', {
      params: { path: { workspace: workspace.slug, simulation_id: found?.id ?? '' } },
      parseAs: 'blob',
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(data as unknown as Blob);
    link.download = 'oktee-simulation.xlsx';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const load = async ({ kind, sort, sku, after }: Asked) => {
    const { data } = await client.GET('/api/v1/{workspace}/supply/rules/simulations/{simulation_id}/lines', {
      params: {
        path: { workspace: workspace.slug, simulation_id: found?.id ?? '' },
        query: { class: kind, sort, ...(sku ? { sku } : {}), ...(after ? { after } : {}) },
      },
    });
    return data as Schemas['SimulationLines'];
  };
  const took = found?.took_ms ?? null;
  return (
    <div className="stack">
      <Card
        title={t('title', { name: ruleName(name.trim()) || t('unnamed') })}
        aside={found && took !== null ? t('ran', { seconds: tenths(took / 1000, format.locale) }) : null}
      >
        <h3 ref={heading} tabIndex={-1} className="visually-hidden">
          {t('title', { name: ruleName(name.trim()) || t('unnamed') })}
        </h3>
        <p className="quiet">{t('lead.all')}</p>
        {remarks.length > 0 ? (
          <ul className="rule-findings" aria-label={t('rules:warnings', { count: remarks.length })}>
            {remarks.map((one) => (
              <li key={one} className="tone-caution">
                {one}
              </li>
            ))}
          </ul>
        ) : null}
        <div className="sim-choices">
          <Segmented
            label={t('period')}
            value={String(days)}
            onChange={(value) => setDays(Number(value) as Days)}
            disabled={going}
            segments={PERIODS.map((one) => ({ value: String(one), label: t('days', { count: one }) }))}
          />
          <Segmented<'running' | 'happened'>
            label={t('versus')}
            value={versus}
            onChange={setVersus}
            disabled={going}
            segments={[
              { value: 'running', label: t('versusRunning') },
              { value: 'happened', label: t('versusHappened') },
            ]}
          />
          <Button primary={!found} reason={denied} busy={going} onClick={() => run(body)}>
            {found ? t('again') : t('run')}
          </Button>
          {goes(found?.state) ? (
            <Button busy={stop.isPending} onClick={() => stop.mutate()}>
              {t('stop')}
            </Button>
          ) : null}
        </div>
        {start.isError ? <Notice tone="critical">{says.text(start.error)}</Notice> : null}
        {failed ? <Notice tone="critical">{says.text(failed)}</Notice> : null}
        {found && goes(found.state) ? (
          <div className="sim-progress" role="status">
            <Progress
              share={found.orders ? found.done / found.orders : 0}
              done={false}
              label={t('progress')}
            />
            <p className="label">
              {found.orders === null || (found.based_on !== null && found.whole_because === null)
                ? t(found.based_on === null ? 'queued' : 'queuedPart')
                : t('partial', { done: format.count(found.done), orders: format.count(found.orders) })}
            </p>
          </div>
        ) : null}
        {found?.state === 'done' && found.orders_again !== null ? (
          <p className="label" role="status">
            {t('part', {
              count: found.orders_again,
              again: format.count(found.orders_again),
              kept: format.count(Math.max(0, found.done - found.orders_again)),
            })}
          </p>
        ) : null}
        {found?.state === 'done' && found.whole_because !== null ? (
          <p className="label" role="status">
            {t(`whole.${found.whole_because}`)}
          </p>
        ) : null}
        {found?.state === 'failed' ? <Notice tone="critical">{t('failed')}</Notice> : null}
        {found?.state === 'cancelled' ? <Notice tone="caution">{t('cancelled')}</Notice> : null}
      </Card>
      {found && found.done > 0 ? (
        <>
          <Card
            title={t('result')}
            aside={t('sums', {
              orders: format.count(found.orders_simulated),
              lines: format.count(found.lines),
            })}
          >
            {found.now ? <Deltas simulation={found} /> : null}
            {found.now && found.now.fees_unknown > 0 ? (
              <p className="quiet">
                {t('feesUnknown', {
                  count: found.now.fees_unknown,
                  lines: format.count(found.now.fees_unknown),
                })}
              </p>
            ) : null}
            {found.not_simulated > 0 ? (
              <Notice tone="caution">
                {t('notSimulated', { count: found.not_simulated, lines: format.count(found.not_simulated) })}
              </Notice>
            ) : null}
          </Card>
          <Card title={t('changed')}>
            <SimulatedLines
              id={found.id}
              classes={found.classes}
              most={found.kept_of_a_kind}
              load={load}
              onExcept={rule?.standard || denied ? null : except}
            />
          </Card>
        </>
      ) : null}
      {found?.state === 'done' && found.done === 0 ? <Notice tone="neutral">{t('noOrders')}</Notice> : null}
      <div className="rule-bar" data-foot>
        <Button onClick={onBack}>{t('back')}</Button>
        {found && !goes(found.state) ? (
          <Button onClick={() => void download()}>{t('download')}</Button>
        ) : null}
        {rule ? (
          <Button
            reason={denied ?? (version === undefined ? t('enable.save') : enable)}
            onClick={() => version && onShadow(version)}
          >
            {t('shadow:try', { days: SHADOW_DAYS })}
          </Button>
        ) : null}
        {rule ? (
          <Button
            primary={found?.state === 'done'}
            reason={enable}
            onClick={() => version && onEnable(version)}
          >
            {t('enable.now')}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
