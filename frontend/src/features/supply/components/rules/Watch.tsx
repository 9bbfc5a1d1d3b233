/** The first seven days of an enabled version, beside the seven days before and what was simulated; and the way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';

type Sums = Schemas['WatchedSums'];

export function Watch({
  rule,
  denied,
}: {
  rule: Schemas['RuleDetail'];
  denied: string | null;
}): JSX.Element | null {
  const { t } = useTranslation('shadow');
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const path = { workspace: workspace.slug, rule_id: rule.id };
  const found = api.useQuery('get', '/api/v1/{workspace}/supply/rules/{rule_id}/watch', { params: { path } });
  const watch = found.data?.watch ?? null;
  const before = watch?.before_version ?? null;
  const back = useMutation({
    mutationFn: async (): Promise<void> => {
      if (before === null) {
        await client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/pause', { params: { path } });
      } else {
        await client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/bring-back', {
          params: { path },
          body: { version: before },
        });
      }
    },
    onSuccess: () =>
      queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') }),
  });
  if (watch === null) return null;
  const { simulated } = watch;
  const share = (count: number, of: number) =>
    of > 0 ? t('watch.share', { number: format.count(count), share: format.percent(count / of, 1) }) : '–';
  const rate = (value: number | null) => (value === null ? '–' : format.percent(value, 1));
  const cut = (sums: Sums) =>
    sums.money.length === 0 ? '–' : sums.money.map((one) => format.money(one.cut, one.currency)).join(', ');
  const rows = [
    {
      key: null,
      name: t('watch.row.orders'),
      of: (sums: Sums) => format.count(sums.orders),
      simulated: simulated ? format.count(simulated.orders) : null,
    },
    {
      key: 'confirmation' as const,
      name: t('watch.row.confirmation'),
      of: (sums: Sums) => rate(sums.confirmation),
      simulated: simulated ? rate(simulated.confirmation) : null,
    },
    {
      key: 'held' as const,
      name: t('watch.row.held'),
      of: (sums: Sums) => share(sums.held, sums.orders),
      simulated: simulated ? share(simulated.held, simulated.orders) : null,
    },
    {
      key: 'changed' as const,
      name: t('watch.row.changed'),
      of: (sums: Sums) => share(sums.changed, sums.lines),
      simulated: null,
    },
    { key: 'cut' as const, name: t('watch.row.cut'), of: cut, simulated: null },
  ];
  const column = {
    before: t('watch.before'),
    now: t('watch.now', { version: watch.version }),
    simulated: simulated ? t('watch.simulated', { days: simulated.days }) : '',
  };
  return (
    <Card
      title={t('watch.title', { version: watch.version })}
      aside={t(watch.over ? 'watch.over' : 'watch.until', { at: format.date(watch.until) })}
    >
      <div className="sim-spaced">
        <p className="quiet">
          {t('watch.lead', { at: format.dateTime(watch.since), lines: format.count(watch.lines_of_rule) })}
        </p>
        {watch.enough ? null : (
          <Notice tone="neutral">
            {t('watch.tooLittle', {
              now: format.count(watch.now.orders),
              before: format.count(watch.before.orders),
              least: watch.least,
            })}
          </Notice>
        )}
        <table className="plain-table stacks sim-deltas" aria-label={t('watch.table')}>
          <thead>
            <tr>
              <th scope="col">{t('watch.what')}</th>
              <th scope="col" className="num">
                {column.before}
              </th>
              <th scope="col" className="num">
                {column.now}
              </th>
              {simulated ? (
                <th scope="col" className="num">
                  {column.simulated}
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                <td className="num" data-name={column.before}>
                  {row.of(watch.before)}
                </td>
                <td
                  className={`num strong${row.key && watch.worse.includes(row.key) ? ' tone-caution' : ''}`}
                  data-name={column.now}
                >
                  {row.of(watch.now)}
                  {row.key && watch.worse.includes(row.key) ? (
                    <span className="label"> {t('watch.worse')}</span>
                  ) : null}
                </td>
                {simulated ? (
                  <td className="num" data-name={column.simulated}>
                    {row.simulated ?? '–'}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
        {simulated ? null : <p className="quiet">{t('watch.noSimulation')}</p>}
        {before === null && rule.standard ? null : (
          <>
            <p className="quiet">
              {before === null ? t('watch.pauseText') : t('watch.backText', { version: before })}
            </p>
            <Button reason={denied} busy={back.isPending} onClick={() => back.mutate()}>
              {before === null ? t('watch.pause') : t('watch.back', { version: before })}
            </Button>
          </>
        )}
        {back.isError ? <Notice tone="critical">{says.text(back.error)}</Notice> : null}
      </div>
    </Card>
  );
}
