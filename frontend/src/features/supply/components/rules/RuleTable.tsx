/** The rules in the order in which they are asked: in words, with what they did, and what is wrong with them. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Icon } from '~/ui/Icon';
import { Notice } from '~/ui/states';
import type { RuleWords } from './words';

type Row = Schemas['RuleRow'];
type Act = 'pause' | 'resume' | 'duplicate' | 'delete';

export function RuleTable({
  rules,
  shown = rules,
  words,
  onOpen,
}: {
  /** All of them: the order is that of all. */
  rules: Row[];
  /** Those that are listed. */
  shown?: Row[];
  words: RuleWords;
  onOpen(rule: string): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'shadow', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const path = { workspace: workspace.slug };
  const reread = () =>
    queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') });
  const act = useMutation({
    mutationFn: async ({ what, rule }: { what: Act; rule: Row }) => {
      const params = { path: { ...path, rule_id: rule.id } };
      if (what === 'pause') await client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/pause', { params });
      else if (what === 'resume')
        await client.DELETE('/api/v1/{workspace}/supply/rules/{rule_id}/pause', { params });
      else if (what === 'duplicate')
        await client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/duplicate', { params });
      else await client.DELETE('/api/v1/{workspace}/supply/rules/{rule_id}', { params });
    },
    onSettled: reread,
  });
  /** What is asked about first. */
  const [asked, setAsked] = useState<{ what: 'pause' | 'delete'; rule: Row } | null>(null);
  const order = useMutation({
    mutationFn: (ids: string[]) =>
      client.PUT('/api/v1/{workspace}/supply/rules/order', { params: { path }, body: { ids } }),
    onSettled: reread,
  });
  const movable = rules.filter((one) => !one.standard);
  const move = (rule: Row, by: -1 | 1) => {
    const ids = movable.map((one) => one.id);
    const at = ids.indexOf(rule.id);
    const to = at + by;
    if (denied || at < 0 || to < 0 || to >= ids.length || order.isPending) return;
    ids.splice(at, 1);
    ids.splice(to, 0, rule.id);
    order.mutate(ids);
  };
  const onKey = (event: KeyboardEvent, rule: Row) => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    move(rule, event.key === 'ArrowUp' ? -1 : 1);
  };
  const fault = act.error ?? order.error;
  return (
    <>
      {fault ? <Notice tone="critical">{says.text(fault)}</Notice> : null}
      <div className="table-scroll">
        <table className="plain-table stacks rule-table">
          <thead>
            <tr>
              <th scope="col">{t('column.place')}</th>
              <th scope="col">{t('column.rule')}</th>
              <th scope="col">{t('column.words')}</th>
              <th scope="col" className="num">
                {t('column.hits')}
              </th>
              <th scope="col" className="num">
                {t('column.overrides')}
              </th>
              <th scope="col">{t('column.state')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('column.acts')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((rule) => {
              const at = rules.indexOf(rule);
              const { body } = rule.running ?? rule.newest;
              return (
                <tr key={rule.id} onKeyDown={(event) => onKey(event, rule)}>
                  <td data-name={t('column.place')}>
                    {rule.standard ? t('last') : at + 1}
                    {rule.standard ? null : (
                      <span className="rule-move">
                        <Button
                          quiet
                          reason={denied ?? (at === 0 ? t('move.first') : null)}
                          aria-label={t('move.up', { name: rule.name })}
                          onClick={() => move(rule, -1)}
                        >
                          <Icon name="up" size={12} />
                        </Button>
                        <Button
                          quiet
                          reason={denied ?? (at === movable.length - 1 ? t('move.last') : null)}
                          aria-label={t('move.down', { name: rule.name })}
                          onClick={() => move(rule, 1)}
                        >
                          <Icon name="down" size={12} />
                        </Button>
                      </span>
                    )}
                  </td>
                  <td data-name={t('column.rule')}>
                    <button type="button" className="rule-name" onClick={() => onOpen(rule.id)}>
                      {rule.standard ? t('standard') : rule.name}
                    </button>
                  </td>
                  <td data-name={t('column.words')}>
                    <p className="strong">{words.scope(body)}</p>
                    <p className="rule-does" title={words.does(body).join(' ')}>
                      {words.does(body).join(' ')}
                    </p>
                    {rule.findings.map((one) => (
                      <p
                        key={`${one.code}-${one.pointer}`}
                        className={one.level === 'error' ? 'tone-critical' : 'tone-caution'}
                      >
                        {words.finding(one)}
                      </p>
                    ))}
                  </td>
                  <td className="num" data-name={t('column.hits')}>
                    {format.count(rule.hits)}
                  </td>
                  <td className="num" data-name={t('column.overrides')}>
                    {rule.hits > 0
                      ? t('overrides', {
                          count: rule.overrides,
                          share: format.percent(rule.overrides / rule.hits, 0),
                        })
                      : '–'}
                  </td>
                  <td className="rule-state" data-name={t('column.state')}>
                    {rule.state === 'on' && rule.running
                      ? t('state.on', { version: rule.running.number })
                      : rule.state === 'on' && rule.scheduled
                        ? t('state.planned', { at: format.dateTime(rule.scheduled.activates_at) })
                        : t(`state.${rule.state}`)}
                    {rule.running && rule.scheduled ? (
                      <span className="label rule-line">
                        {t('state.then', {
                          version: rule.scheduled.number,
                          at: format.dateTime(rule.scheduled.activates_at),
                        })}
                      </span>
                    ) : null}
                    {rule.shadow ? (
                      <span className="label rule-line">
                        {t('shadow:state', {
                          version: rule.shadow.version,
                          at: format.date(rule.shadow.ends_at),
                        })}
                      </span>
                    ) : null}
                    {rule.running && rule.newest.activates_at === null ? (
                      <span className="label rule-line">
                        {t('state.draftOf', { version: rule.newest.number })}
                      </span>
                    ) : null}
                  </td>
                  <td>
                    <div className="rule-acts">
                      {rule.standard || rule.state === 'draft' ? null : (
                        <Button
                          quiet
                          reason={denied}
                          onClick={() =>
                            rule.state === 'on'
                              ? setAsked({ what: 'pause', rule })
                              : act.mutate({ what: 'resume', rule })
                          }
                        >
                          {t(rule.state === 'on' ? 'act.pause' : 'act.resume')}
                        </Button>
                      )}
                      <Button quiet reason={denied} onClick={() => act.mutate({ what: 'duplicate', rule })}>
                        {t('act.duplicate')}
                      </Button>
                      {rule.state === 'draft' ? (
                        <Button quiet reason={denied} onClick={() => setAsked({ what: 'delete', rule })}>
                          {t('act.delete')}
                        </Button>
                      ) : null}
                    </div>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <Dialog
        title={asked ? t(`ask.${asked.what}.title`, { name: asked.rule.name }) : ''}
        opened={asked !== null}
        onClose={() => setAsked(null)}
        footer={
          <>
            <Button onClick={() => setAsked(null)}>{t('common:action.cancel')}</Button>
            <Button
              primary
              data-autofocus
              onClick={() => {
                if (asked) act.mutate(asked);
                setAsked(null);
              }}
            >
              {asked ? t(`act.${asked.what}`) : ''}
            </Button>
          </>
        }
      >
        <p>{asked ? t(`ask.${asked.what}.text`) : ''}</p>
      </Dialog>
    </>
  );
}
