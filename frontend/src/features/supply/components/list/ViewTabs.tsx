/** The tabs above the list: built-in views with their counts, saved ones, and saving what is on screen as a new one. */
import { Menu } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { offerUndo } from '~/lib/undo';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { useColleagues } from '../hands/use_colleagues';
import {
  askFor,
  filtersOf,
  HANDS_VIEWS,
  type HandsView,
  handsViewOf,
  NO_FILTERS,
  type OrdersSearch,
  VIEWS,
  type View,
} from '../orders_search';
import type { Density } from './use_list_columns';

type Saved = Schemas['ViewOut'];

/** What a saved view puts into the address. */
export function addressOf(view: Saved): Partial<OrdersSearch> {
  return {
    ...NO_FILTERS,
    view: undefined,
    ...(view.filters as Partial<OrdersSearch>),
    sort: (view.sort ?? undefined) as OrdersSearch['sort'],
    group: (view.grouped ?? undefined) as OrdersSearch['group'],
    saved: view.id,
  };
}

export function useSavedViews(): Schemas['ViewList'] | undefined {
  const workspace = useWorkspace();
  const found = api.useQuery('get', '/api/v1/{workspace}/views', {
    params: { path: { workspace: workspace.slug } },
  });
  return found.data;
}

export function ViewTabs({
  search,
  onSearch,
  counts,
  columns,
  density,
  market,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
  counts: Schemas['OrdersSummary']['views'] | undefined;
  columns: Schemas['Column'][];
  density: Density;
  market: { mp?: string; vc?: string };
}): JSX.Element {
  const { t } = useTranslation(['supply', 'lists']);
  const format = useFormats();
  const views = useSavedViews();
  const [saving, setSaving] = useState(false);
  const offerBack = useWayBack(search, onSearch);
  const view = search.view ?? 'all';
  const active = views?.views.find((one) => one.id === search.saved);
  const hands = handsViewOf(search);
  const inTeam = useColleagues().teams.some((team) => team.mine);
  const leaveHands = hands ? { assignee: undefined, status: undefined } : {};
  return (
    <div className="view-row">
      <fieldset className="views" aria-label={t('orders.views')}>
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            className="view-tab"
            aria-pressed={!active && !hands && name === view}
            onClick={() =>
              onSearch({ view: name === 'all' ? undefined : name, saved: undefined, ...leaveHands })
            }
          >
            {t(`orders.view.${name}`)}{' '}
            <span className="count">{counts ? format.count(counts[name]) : '–'}</span>
          </button>
        ))}
        {(['mine', ...(inTeam ? (['my_team'] as const) : [])] as const).map((name) => (
          <HandsTab
            key={name}
            name={name}
            active={hands === name}
            market={market}
            onOpen={() => onSearch({ ...NO_FILTERS, ...HANDS_VIEWS[name], view: undefined })}
          />
        ))}
        {views?.views.map((one) => (
          <SavedTab
            key={one.id}
            view={one}
            active={one.id === search.saved}
            market={market}
            onOpen={() => onSearch(addressOf(one))}
          />
        ))}
      </fieldset>
      <span className="view-acts">
        <button type="button" className="view-tab view-save" onClick={() => setSaving(true)}>
          {t('lists:view.save')}
        </button>
        {active?.mine ? (
          <ViewMenu
            view={active}
            search={search}
            columns={columns}
            density={density}
            onGone={() => {
              offerBack(active);
              onSearch({ saved: undefined });
            }}
          />
        ) : null}
      </span>
      {saving ? (
        <SaveDialog
          search={search}
          columns={columns}
          density={density}
          onClose={() => setSaving(false)}
          onSaved={(made) => onSearch({ saved: made.id })}
        />
      ) : null}
    </div>
  );
}

/** What the list shows, whichever view says so. */
function onScreen(search: OrdersSearch): string {
  return JSON.stringify([keptOf(search), search.sort ?? null, search.group ?? null]);
}

/**
 * For a view that was just deleted. Its tab comes back in any case; it is pressed again only where the list is still what it
 * was then, as what is on screen would pass for this view's otherwise.
 */
function useWayBack(
  search: OrdersSearch,
  onSearch: (change: Partial<OrdersSearch>) => void,
): (view: Saved) => void {
  const { t } = useTranslation('lists');
  const workspace = useWorkspace();
  const again = useViewsAgain();
  const now = useRef<{ search: OrdersSearch; onSearch: typeof onSearch } | null>(null);
  useEffect(() => {
    now.current = { search, onSearch };
  });
  // A list that was left is another list when it is opened again.
  useEffect(
    () => () => {
      now.current = null;
    },
    [],
  );
  return (view) => {
    const was = onScreen(search);
    offerUndo({
      id: view.id,
      said: t('view.gone', { name: view.name }),
      back: async () => {
        await client.POST('/api/v1/{workspace}/views/{view_id}/restoration', {
          params: { path: { workspace: workspace.slug, view_id: view.id } },
        });
        await again();
        const page = now.current;
        if (page && page.search.saved === undefined && onScreen(page.search) === was)
          page.onSearch({ saved: view.id });
      },
    });
  };
}

/** What I have, or what my teams and their people have, as long as it goes on. */
function HandsTab({
  name,
  active,
  market,
  onOpen,
}: {
  name: HandsView;
  active: boolean;
  market: { mp?: string; vc?: string };
  onOpen(): void;
}): JSX.Element {
  const { t } = useTranslation('lists');
  const format = useFormats();
  const workspace = useWorkspace();
  const summary = api.useQuery('get', '/api/v1/{workspace}/supply/orders/summary', {
    params: { path: { workspace: workspace.slug }, query: askFor(HANDS_VIEWS[name], market) },
  });
  return (
    <button
      type="button"
      className="view-tab"
      aria-pressed={active}
      title={t(`view.${name}Text`)}
      onClick={onOpen}
    >
      {t(`view.${name}`)}{' '}
      <span className="count">{summary.data ? format.count(summary.data.views.all) : '–'}</span>
    </button>
  );
}

function SavedTab({
  view,
  active,
  market,
  onOpen,
}: {
  view: Saved;
  active: boolean;
  market: { mp?: string; vc?: string };
  onOpen(): void;
}): JSX.Element {
  const { t } = useTranslation('lists');
  const format = useFormats();
  const workspace = useWorkspace();
  const search = view.filters as OrdersSearch;
  const asked = askFor(search, market);
  const summary = api.useQuery('get', '/api/v1/{workspace}/supply/orders/summary', {
    params: { path: { workspace: workspace.slug }, query: asked },
  });
  const name: View = search.view ?? 'all';
  return (
    <button
      type="button"
      className="view-tab"
      aria-pressed={active}
      title={view.shared ? t('view.sharedBy', { name: view.owner_name }) : t('view.private')}
      onClick={onOpen}
    >
      {view.name} <span className="count">{summary.data ? format.count(summary.data.views[name]) : '–'}</span>
    </button>
  );
}

/** The address without what belongs to the page: what a saved view keeps. */
function keptOf(search: OrdersSearch): Record<string, string> {
  return {
    ...filtersOf(search),
    ...(search.view ? { view: search.view } : {}),
    ...(search.q ? { q: search.q } : {}),
  } as Record<string, string>;
}

function useViewsAgain(): () => Promise<void> {
  const queries = useQueryClient();
  return () =>
    queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).endsWith('/views') });
}

function SaveDialog({
  search,
  columns,
  density,
  onClose,
  onSaved,
}: {
  search: OrdersSearch;
  columns: Schemas['Column'][];
  density: Density;
  onClose(): void;
  onSaved(view: Saved): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const again = useViewsAgain();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [first, setFirst] = useState(false);
  const save = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/views', {
        params: { path: { workspace: workspace.slug } },
        body: {
          page: 'orders',
          name: name.trim(),
          shared,
          is_default: first,
          filters: keptOf(search),
          columns,
          density,
          sort: search.sort ?? null,
          grouped: search.group ?? null,
        },
      });
      return data as Saved;
    },
    onSuccess: async (made) => {
      await again();
      onSaved(made);
      onClose();
    },
  });
  return (
    <Dialog
      title={t('view.saveTitle')}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={save.isPending}
            reason={name.trim() ? null : t('view.nameMissing')}
            onClick={() => save.mutate()}
          >
            {t('view.saveSubmit')}
          </Button>
        </>
      }
    >
      {save.isError ? <Notice tone="critical">{problems.text(save.error)}</Notice> : null}
      <p className="quiet">{t('view.saveText')}</p>
      <label className="hold-reason">
        {t('view.name')}
        <input
          className="field"
          maxLength={60}
          value={name}
          data-autofocus
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className="cluster">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
        {t('view.share')}
      </label>
      <label className="cluster">
        <input type="checkbox" checked={first} onChange={(event) => setFirst(event.target.checked)} />
        {t('view.first')}
      </label>
    </Dialog>
  );
}

function ViewMenu({
  view,
  search,
  columns,
  density,
  onGone,
}: {
  view: Saved;
  search: OrdersSearch;
  columns: Schemas['Column'][];
  density: Density;
  onGone(): void;
}): JSX.Element {
  const { t } = useTranslation(['lists', 'common']);
  const workspace = useWorkspace();
  const again = useViewsAgain();
  const path = { workspace: workspace.slug, view_id: view.id };
  const change = useMutation({
    mutationFn: (body: Schemas['ViewPatch']) =>
      client.PATCH('/api/v1/{workspace}/views/{view_id}', { params: { path }, body }),
    onSettled: again,
  });
  const remove = useMutation({
    mutationFn: () => client.DELETE('/api/v1/{workspace}/views/{view_id}', { params: { path } }),
    onSuccess: onGone,
    onSettled: again,
  });
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <button type="button" className="view-tab">
          {t('view.more')}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          onClick={() =>
            change.mutate({
              filters: keptOf(search),
              columns,
              density,
              sort: search.sort ?? null,
              grouped: search.group ?? null,
            })
          }
        >
          {t('view.keep')}
        </Menu.Item>
        <Menu.Item onClick={() => change.mutate({ shared: !view.shared })}>
          {t(view.shared ? 'view.unshare' : 'view.shareNow')}
        </Menu.Item>
        <Menu.Item onClick={() => change.mutate({ is_default: !view.is_default })}>
          {t(view.is_default ? 'view.notFirst' : 'view.first')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => remove.mutate()}>
          {t('view.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
