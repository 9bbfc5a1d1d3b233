/** Automation rules: what OKTee answers by itself, in the order in which its rules are asked. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, type JSX, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { AutomationCard } from './components/AutomationCard';
import { type Filling, filledBody } from './components/rules/filled';
import { matches, type RuleFilters, UNFILTERED } from './components/rules/filtering';
import { RuleFocus } from './components/rules/focus';
import { PauseAll, PausedNotice } from './components/rules/PauseAll';
import { Presets } from './components/rules/Presets';
import { ITSELF, RuleEditor, type RuleView } from './components/rules/RuleEditor';
import { RuleFilterBar } from './components/rules/RuleFilterBar';
import { RuleTable } from './components/rules/RuleTable';
import { useRuleWords } from './components/rules/words';
import './components/rules/rules.css';

const NEW = 'new';
const NOTHING = { knob: null, version: null };

export function AutomationRules({
  rule,
  filled = null,
  focus = NOTHING,
  view = ITSELF,
  filters = UNFILTERED,
  onRule,
  onView,
  onFilters,
}: {
  /** The rule that is open; `new` for one to be written. */
  rule: string | null;
  /** A new rule that begins as another one, for one SKU, with what people changed of it again and again. */
  filled?: Filling | null;
  /** The limit, or the version that decided, somebody came for. */
  focus?: { knob: string | null; version: number | null };
  view?: RuleView;
  filters?: RuleFilters;
  onRule(rule: string | null): void;
  onView(view: RuleView, replace?: boolean): void;
  onFilters(filters: RuleFilters): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const workspace = useWorkspace();
  const params = { path: { workspace: workspace.slug } };
  const automation = api.useQuery('get', '/api/v1/{workspace}/supply/automation', { params });
  const rules = api.useQuery('get', '/api/v1/{workspace}/supply/rules', { params });
  const choices = api.useQuery('get', '/api/v1/{workspace}/supply/rules/choices', { params });
  const countries = Object.fromEntries(
    (choices.data?.marketplaces ?? []).map((one) => [one.id, one.country]),
  );
  const words = useRuleWords(countries);
  const open = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/rules/{rule_id}',
    { params: { path: { workspace: workspace.slug, rule_id: rule ?? '' } } },
    { enabled: rule !== null && rule !== NEW },
  );
  const filling = rule === NEW ? filled : null;
  const origin = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/rules/{rule_id}',
    { params: { path: { workspace: workspace.slug, rule_id: filling?.from ?? '' } } },
    { enabled: filling !== null },
  );
  const failed = [rules, choices].find((one) => one.isError && !one.data);
  const title = t('common:page.rules');

  if (failed) {
    return (
      <>
        <PageHeader title={title} />
        <FailedState what={title} error={failed.error} onRetry={() => void failed.refetch()} />
      </>
    );
  }
  if (rule !== null && rule !== NEW && open.isError && !open.data) {
    return (
      <>
        <PageHeader title={title} />
        <FailedState what={t('aRule')} error={open.error} onRetry={() => void open.refetch()} />
        <Button onClick={() => onRule(null)}>{t('back')}</Button>
      </>
    );
  }
  if (
    (filling !== null && origin.isPending) ||
    !rules.data ||
    !choices.data ||
    (rule !== null && rule !== NEW && !open.data)
  ) {
    return (
      <>
        <PageHeader title={title} />
        <SkeletonCard lines={8} />
      </>
    );
  }
  if (rule !== null) {
    const detail = rule === NEW ? null : (open.data ?? null);
    return (
      <>
        <PageHeader title={title} />
        <RuleFocus.Provider value={focus}>
          <RuleEditor
            key={rule}
            rule={detail}
            start={filling ? filledBody(origin.data?.newest.body ?? choices.data.start, filling) : null}
            startName={filling && origin.data ? `${origin.data.name} · ${filling.sku}`.slice(0, 80) : ''}
            choices={choices.data}
            owner={rules.data.owner}
            words={words}
            view={view}
            onView={onView}
            onSaved={onRule}
            onClose={() => onRule(null)}
          />
        </RuleFocus.Provider>
      </>
    );
  }
  return (
    <List
      rules={rules.data}
      choices={choices.data}
      words={words}
      automation={automation.data}
      filters={filters}
      onFilters={onFilters}
      onRule={onRule}
    />
  );
}

/** What runs comes first; how answers leave, and ways to start, stand below it. */
function List({
  rules,
  choices,
  words,
  automation,
  filters,
  onFilters,
  onRule,
}: {
  rules: Schemas['RuleList'];
  choices: Schemas['RuleChoices'];
  words: ReturnType<typeof useRuleWords>;
  automation: Schemas['AutomationInfo'] | undefined;
  filters: RuleFilters;
  onFilters(filters: RuleFilters): void;
  onRule(rule: string): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'supply', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const denied = useDenied('rules.write');
  const file = useRef<HTMLInputElement>(null);
  const mode = useRef<HTMLDivElement>(null);
  const [unreadable, setUnreadable] = useState(false);
  const [done, setDone] = useState<Schemas['RulesImported'] | null>(null);
  const params = { path: { workspace: workspace.slug } };
  const take = useMutation({
    mutationFn: async (content: Schemas['RuleFile-Input']) => {
      const { data } = await client.POST('/api/v1/{workspace}/supply/rules/file', { params, body: content });
      return data as Schemas['RulesImported'];
    },
    onSuccess: async (made) => {
      setDone(made);
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/rules'),
      });
    },
  });
  const give = useMutation({
    mutationFn: async () => {
      const { data } = await client.GET('/api/v1/{workspace}/supply/rules/file', { params });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(
        new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }),
      );
      link.download = 'oktee-rules.json';
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = '';
    setUnreadable(false);
    setDone(null);
    if (!chosen) return;
    try {
      take.mutate(JSON.parse(await chosen.text()) as Schemas['RuleFile-Input']);
    } catch {
      setUnreadable(true);
    }
  };
  useKeys([{ keys: 'n', label: 'keys.newRule', run: () => (denied ? undefined : onRule(NEW)) }]);
  const { lines, by_rule } = rules.coverage;
  const shown = rules.rules.filter((one) => matches(one, filters));
  const first = rules.rules.length === 1 && rules.rules[0]?.newest.number === 1;
  return (
    <>
      <PageHeader
        title={t('common:page.rules')}
        aside={
          rules.limited ? null : (
            <>
              {automation ? <PauseAll automation={automation} /> : null}
              <Button busy={give.isPending} onClick={() => give.mutate()}>
                {t('export')}
              </Button>
              <Button reason={denied} busy={take.isPending} onClick={() => file.current?.click()}>
                {t('import')}
              </Button>
              <Button primary reason={denied} onClick={() => onRule(NEW)}>
                {t('new')}
              </Button>
            </>
          )
        }
      />
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        aria-label={t('import')}
        hidden
        onChange={(event) => void read(event)}
      />
      <div className="stack">
        {automation ? (
          <p className="rule-mode">
            <span className="strong">
              {t(`supply:automation.mode.${automation.mode}`, { minutes: automation.delay_minutes })}
            </span>
            <span className="quiet"> · {t(`supply:automation.text.${automation.mode}`)}</span>{' '}
            <Button
              quiet
              onClick={() => mode.current?.scrollIntoView({ block: 'start', behavior: 'smooth' })}
            >
              {t('mode.change')}
            </Button>
          </p>
        ) : null}
        {automation ? <PausedNotice automation={automation} /> : null}
        {unreadable ? <Notice tone="critical">{t('file.unreadable')}</Notice> : null}
        {take.isError ? <Notice tone="critical">{says.text(take.error)}</Notice> : null}
        {give.isError ? <Notice tone="critical">{says.text(give.error)}</Notice> : null}
        {done ? (
          <Notice tone="positive">
            {t('file.done', { count: done.created })}
            {done.stripped.length > 0 ? ` ${t('file.stripped', { names: done.stripped.join(', ') })}` : ''}
          </Notice>
        ) : null}
        {rules.limited ? (
          <EmptyState title={t('limited.title')}>{t('limited.text')}</EmptyState>
        ) : (
          <Card title={t('list.title', { count: rules.rules.length })} aside={t('list.order')} flush>
            {rules.rules.length > 2 ? (
              <RuleFilterBar
                filters={filters}
                choices={choices}
                shown={shown.length}
                all={rules.rules.length}
                onFilters={onFilters}
              />
            ) : null}
            <RuleTable rules={rules.rules} shown={shown} words={words} onOpen={onRule} />
            <p className="rule-coverage">
              {lines > 0
                ? t('coverage', {
                    share: format.percent(by_rule / lines),
                    rest: format.percent(1 - by_rule / lines),
                    lines: format.count(lines),
                  })
                : t('coverageNone')}
            </p>
          </Card>
        )}
        {automation ? (
          <div ref={mode} className="rule-mode-card">
            <AutomationCard automation={automation} />
          </div>
        ) : null}
        {first && !rules.limited ? <Presets choices={choices} words={words} onRule={onRule} /> : null}
      </div>
    </>
  );
}
