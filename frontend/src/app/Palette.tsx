/** Search or jump: pages, a purchase order by its number, and the few actions that hold everywhere. */
import { createSpotlight, Spotlight, type SpotlightStore } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { familiesOf } from '~/app/pages';
import { useSignOut } from '~/lib/account';
import { api } from '~/lib/api';
import { useOfferedActions } from '~/lib/selection_actions';
import { useMay, useSession } from '~/lib/session';

const WORTH_ASKING = 3;
const SHOWN = 6;

/** A pasted list of order numbers: words of eight letters and figures, and nothing else. */
export function numbersIn(pasted: string): string[] {
  const words = pasted
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  return words.length > 1 && words.every((word) => /^[A-Z0-9]{8}$/.test(word)) ? [...new Set(words)] : [];
}

/** Of a book it is its ISBN. */
const ASIN = /^(B0[A-Z0-9]{8}|\d{9}[\dX])$/;

/** A pasted list of product numbers, the same way. */
export function asinsIn(pasted: string): string[] {
  const words = pasted
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  return words.length > 1 && words.every((word) => ASIN.test(word)) ? [...new Set(words)] : [];
}

/** Marks the first of what is listed as the one that Enter opens; the arrows go on from it. */
function chooseFirst(store: SpotlightStore): void {
  const list = document.getElementById(store.getState().listId);
  for (const one of list?.querySelectorAll('[data-selected]') ?? []) one.removeAttribute('data-selected');
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
  store.updateState((state) => ({ ...state, selected: 0 }));
}

export default function Palette({
  opened,
  query,
  onQuery,
  onClose,
  onTheme,
  onKeys,
}: {
  opened: boolean;
  query: string;
  onQuery(query: string): void;
  onClose(): void;
  onTheme(): void;
  onKeys(): void;
}): JSX.Element {
  const { t } = useTranslation(['common', 'status']);
  const { me, workspace } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const mayReadOrders = useMay('orders.read');
  const mayReadCatalog = useMay('catalog.read');
  // Opened through its store: one that is forced open closes neither by Escape nor by a click beside it.
  const [[store, { open, close }]] = useState(createSpotlight);
  useEffect(() => (opened ? open() : close()), [opened, open, close]);
  const wanted = useDeferredValue(query.trim());
  const params = { workspace: workspace.slug };
  const orders = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders',
    { params: { path: params, query: { view: 'all', q: wanted, limit: SHOWN } } },
    { enabled: opened && mayReadOrders && wanted.length >= WORTH_ASKING },
  );
  const matches = (words: string): boolean => words.toLowerCase().includes(query.trim().toLowerCase());
  const run = (act: () => void): (() => void) => {
    return () => {
      onClose();
      onQuery('');
      act();
    };
  };
  const pages = familiesOf(workspace.modules).flatMap((family) =>
    family.pages.map((page) => ({ page, words: `${t(family.name)} / ${t(page.name)}` })),
  );
  const others = me.workspaces.filter((other) => other.slug !== workspace.slug && matches(other.name));
  const actions = [
    { words: t('page.notifications'), act: () => void navigate({ to: '/$workspace/notifications', params }) },
    { words: t('page.workspaces'), act: () => void navigate({ to: '/workspaces' }) },
    { words: t('keys.theme'), act: onTheme },
    { words: t('keys.title'), act: onKeys },
    { words: t('action.signOut'), act: signOut },
  ].filter((action) => matches(action.words));
  const numbers = numbersIn(query);
  const asins = asinsIn(query);
  const offered = useOfferedActions();
  const onSelection = offered?.actions.filter((action) => matches(action.label)) ?? [];
  const asin = ASIN.test(wanted.toUpperCase()) ? wanted.toUpperCase() : null;
  const product = asin !== null ? asin : /^\S{3,40}$/.test(wanted) ? wanted : null;
  const toOrders = (search: Record<string, string>) =>
    run(() => void navigate({ to: '/$workspace/supply/orders', params, search }));
  const found = wanted.length >= WORTH_ASKING ? (orders.data?.rows ?? []) : [];
  const foundPages = pages.filter(({ words }) => matches(words));
  // Enter means the first of what is listed, also of what the API answered after the last key.
  const listed = [...found.map((order) => order.id), ...foundPages.map(({ page }) => page.to)].join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its first again
  useEffect(() => {
    if (opened && query.trim()) chooseFirst(store);
  }, [opened, query, listed, orders.isFetching, store]);
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={onQuery}
      store={store}
      onSpotlightClose={onClose}
      shortcut={null}
      closeOnEscape={false}
      scrollable
      maxHeight={420}
      radius={10}
      transitionProps={{ duration: 120 }}
    >
      <Spotlight.Search
        classNames={{ input: 'palette-search' }}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
      />
      <Spotlight.ActionsList>
        {mayReadOrders && numbers.length > 1 ? (
          <Spotlight.Action
            label={t('palette.list', { count: numbers.length })}
            onClick={toOrders({ q: numbers.join(' ') })}
          />
        ) : null}
        {mayReadOrders && asins.length > 1 ? (
          <Spotlight.Action
            label={t('palette.products', { count: asins.length })}
            onClick={toOrders({ product: asins.join(',') })}
          />
        ) : null}
        {offered && onSelection.length > 0 ? (
          <Spotlight.ActionsGroup label={offered.title}>
            {onSelection.map((action) => (
              <Spotlight.Action key={action.label} label={action.label} onClick={run(action.run)} />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {found.length > 0 ? (
          <Spotlight.ActionsGroup label={t('palette.orders')}>
            {found.map((order) => (
              <Spotlight.Action
                key={order.id}
                label={order.po_number}
                description={`${order.country} · ${order.ship_to} · ${t(`status:order.${order.status}`)}`}
                onClick={run(
                  () =>
                    void navigate({
                      to: '/$workspace/supply/orders/$orderId',
                      params: { ...params, orderId: order.id },
                    }),
                )}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {mayReadOrders && product && numbers.length < 2 && found.length === 0 && !orders.isFetching ? (
          <Spotlight.Action label={t('palette.product', { name: product })} onClick={toOrders({ product })} />
        ) : null}
        {mayReadCatalog && asin !== null ? (
          <Spotlight.Action
            label={t('palette.inCatalogue', { name: asin })}
            onClick={run(
              () => void navigate({ to: '/$workspace/administration/catalog', params, search: { q: asin } }),
            )}
          />
        ) : null}
        {foundPages.length > 0 ? (
          <Spotlight.ActionsGroup label={t('palette.pages')}>
            {foundPages.map(({ page, words }) => (
              <Spotlight.Action
                key={page.to}
                label={words}
                onClick={run(() => void navigate({ to: page.to, params }))}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {others.length > 0 ? (
          <Spotlight.ActionsGroup label={t('palette.workspaces')}>
            {others.map((other) => (
              <Spotlight.Action
                key={other.slug}
                label={other.name}
                onClick={run(() => void navigate({ to: '/$workspace', params: { workspace: other.slug } }))}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {actions.length > 0 ? (
          <Spotlight.ActionsGroup label={t('palette.actions')}>
            {actions.map((action) => (
              <Spotlight.Action key={action.words} label={action.words} onClick={run(action.act)} />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {found.length + foundPages.length + others.length + actions.length + onSelection.length === 0 &&
        numbers.length < 2 &&
        asins.length < 2 &&
        (!product || orders.isFetching) ? (
          <Spotlight.Empty>{t(orders.isFetching ? 'palette.asking' : 'palette.nothing')}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
