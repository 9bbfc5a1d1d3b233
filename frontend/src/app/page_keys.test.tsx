/** Keys that mean the same on every page of Supply and Administration. */
import { act, screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { FAMILIES } from '~/app/pages';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PAGES = FAMILIES.flatMap((family) =>
  family.pages.map((page) => page.to.replace('$workspace', 'lumea')),
);
const SHEET = 'Keyboard';
const PALETTE = 'Page, purchase order number, action';

/** Whatever the page asks for by itself is refused: the keys work all the same. */
function open(path: string) {
  const asked: string[] = [];
  server.use(
    http.all('*/api/v1/*', ({ request }) => {
      asked.push(new URL(request.url).pathname);
      return HttpResponse.json({ code: 'unavailable' }, { status: 400 });
    }),
  );
  const page = openPage(path);
  return { ...page, asked };
}

const ready = (): Promise<unknown> => screen.findByRole('navigation', { name: 'Pages' });

it.each(PAGES)('%s: the sheet, the rail, the theme, a search and a refresh by one key', async (path) => {
  const { queryClient } = open(path);
  await ready();
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  (document.activeElement as HTMLElement | null)?.blur();

  await user.keyboard('?');
  const sheet = await screen.findByRole('dialog', { name: SHEET });
  for (const words of [
    'This sheet',
    'Fold or unfold the menu',
    'Switch between light and dark',
    'Search in this page, or everywhere where it has no search',
    'Refresh what the page shows',
    'Show what is new',
  ])
    expect(sheet).toHaveTextContent(words);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog', { name: SHEET })).toBeNull());

  const shell = document.querySelector('.shell');
  await user.keyboard('[[');
  expect(shell).toHaveAttribute('data-rail', 'collapsed');
  await user.keyboard('[[');
  expect(shell).toHaveAttribute('data-rail', 'open');

  const theme = () => document.documentElement.getAttribute('data-mantine-color-scheme');
  const before = theme();
  await user.keyboard('t');
  await waitFor(() => expect(theme()).not.toBe(before));
  await user.keyboard('t');

  const counts = () =>
    queryClient
      .getQueryCache()
      .findAll({ type: 'active', predicate: (query) => query.getObserversCount() > 0 && !query.isDisabled() })
      .map((query) => query.state.dataUpdateCount + query.state.errorUpdateCount);
  const were = counts();
  expect(were.length).toBeGreaterThan(0);
  await user.keyboard('r');
  await screen.findByText(/^(Refreshed at |Not all of it could be refreshed\.)/);
  expect(counts().every((count, at) => count > (were[at] ?? 0))).toBe(true);

  await user.keyboard('/');
  await waitFor(() =>
    expect(document.activeElement?.matches('main input[type="search"], .palette-search')).toBe(true),
  );
});

it('/ goes to the search of a page that has one, with what it holds selected', async () => {
  open('/lumea/supply/event-log?q=4K8QX2PD');
  await ready();
  const field = await screen.findByDisplayValue('4K8QX2PD');
  await user.keyboard('/');
  expect(field).toHaveFocus();
  await user.keyboard('7ZP0M1RA');
  expect(field).toHaveValue('7ZP0M1RA');
});

it('/ opens the palette on a page without one', async () => {
  open('/lumea/administration/profile');
  await ready();
  await user.keyboard('/');
  expect(await screen.findByLabelText(PALETTE)).toBeInTheDocument();
});

it('. shows what is new', async () => {
  open('/lumea/administration/profile');
  await ready();
  const shown: string[] = [];
  const pill = Object.assign(document.createElement('button'), { type: 'button', textContent: '4 new' });
  pill.dataset.showNew = '';
  pill.addEventListener('click', () => shown.push('new'));
  screen.getByRole('main').append(pill);
  await user.keyboard('.');
  expect(shown).toEqual(['new']);
  act(() => pill.remove());
});

it('each of them stands on the page to be pressed, too', async () => {
  open('/lumea/administration/profile');
  await ready();
  await user.click(screen.getByRole('button', { name: 'Fold or unfold the menu' }));
  expect(document.querySelector('.shell')).toHaveAttribute('data-rail', 'collapsed');
  await user.click(screen.getByRole('button', { name: 'Refresh what the page shows' }));
  expect(await screen.findByText('Not all of it could be refreshed.')).toBeInTheDocument();
});

it('what could be refreshed is said with its time', async () => {
  server.use(
    http.get('*/supply/orders', () =>
      HttpResponse.json({ rows: [], next: null, count: 0, sums: null, scope: null, as_of: null, hands: {} }),
    ),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: {}, sums: {} })),
  );
  const { queryClient } = openPage('/lumea/supply/orders');
  await ready();
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  (document.activeElement as HTMLElement | null)?.blur();
  await user.keyboard('r');
  expect(await screen.findByText(/^Refreshed at /)).toBeInTheDocument();
});

it('a sign that a keyboard keeps behind AltGr is that sign', async () => {
  open('/lumea/administration/profile');
  await ready();
  const shell = document.querySelector('.shell');
  // As Windows tells it of a French or a German keyboard.
  act(() => {
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', {
        key: '[',
        ctrlKey: true,
        altKey: true,
        bubbles: true,
        cancelable: true,
      }),
    );
  });
  await waitFor(() => expect(shell).toHaveAttribute('data-rail', 'collapsed'));
});

it('several pasted order numbers become a filtered list', async () => {
  const { router } = open('/lumea/administration/profile');
  await ready();
  await user.keyboard('{Control>}k{/Control}');
  await user.click(await screen.findByLabelText(PALETTE));
  await user.paste('4K8QX2PD 7ZP0M1RA, 1QX77B0L');
  await screen.findByText('Show these 3 orders');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/supply/orders'));
  expect(router.state.location.search).toMatchObject({ q: '4K8QX2PD 7ZP0M1RA 1QX77B0L' });
});

it('a pasted ASIN leads to its orders and to the product, several to the orders with them', async () => {
  const { router } = open('/lumea/administration/profile');
  await ready();
  await user.keyboard('{Control>}k{/Control}');
  const field = await screen.findByLabelText(PALETTE);
  await user.click(field);
  await user.paste('B0LUMEA001 0306406152');
  await screen.findByText('Show orders with these 2 products');
  await user.clear(field);
  await user.paste('b0lumea001');
  expect(await screen.findByText('Orders with B0LUMEA001')).toBeInTheDocument();
  await user.click(screen.getByText('B0LUMEA001 in the catalogue'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/administration/catalog'));
  expect(router.state.location.search).toMatchObject({ q: 'B0LUMEA001' });
});
