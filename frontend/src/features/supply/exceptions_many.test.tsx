import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { group, PATH } from '~/testing/exceptions';
import { makeExceptionCounts, makeExceptions, makeTeamwork, makeException as row } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

/** Two pages: what is asked for after the first one is the second. */
function answers(
  groups: () => Schemas['CauseGroup'][],
  pages: Schemas['ExceptionRow'][][],
  asked: URLSearchParams[] = [],
): void {
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const counts = makeExceptionCounts({ open_orders: 3, open: 3, snoozed: 2, ever: 3 });
      if (query.get('group_by') === 'cause')
        return HttpResponse.json(makeExceptions({ groups: groups(), counts }));
      const at = Number(query.get('after') ?? 0);
      const next = at + 1 < pages.length ? String(at + 1) : null;
      return HttpResponse.json(makeExceptions({ rows: pages[at] ?? [], next, counts }));
    }),
  );
}

it('all that match are fixed by their filter and their number, also those that are not listed', async () => {
  openPage(`${PATH}?mp=DE&clock=under_2h`);
  const asked: URLSearchParams[] = [];
  const of = group('stock_missing', { exceptions: 3, orders: 3, lines: 3 });
  answers(() => [of], [[row('1', { fixes: ['decide_again'] })], [row('2'), row('3')]], asked);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [], operation_id: 'op-1' }, { status: 202 });
    }),
    http.get('*/supply/exceptions/actions/op-1', () =>
      HttpResponse.json({
        action: 'decide_again',
        state: 'done',
        done: 3,
        total: 3,
        // Of many refusals the first are named.
        refused: [{ id: '2', po_number: 'PO2', code: 'exception_gone', detail: 'It is resolved already.' }],
        refused_count: 2,
        error: null,
      }),
    ),
  );
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  expect(await within(panel).findByText('1 of 3 is listed.')).toBeVisible();
  await user.click(within(panel).getByRole('button', { name: 'Choose all 3' }));
  await user.click(within(panel).getByRole('button', { name: 'Decide again on 3 lines' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        fix: 'decide_again',
        filter: { mp: 'DE', clock: 'under_2h', state: 'open', cause: 'stock_missing' },
        expected_count: 3,
        as_of: '2026-11-24T09:00:00Z',
      },
    ]),
  );
  expect(await screen.findByText('Stock missing: Decide again on 1 line. Done.')).toBeVisible();
  expect(await screen.findByText(/2 were not fixed:/)).toHaveTextContent('PO2');
  expect(
    asked
      .filter((query) => query.has('cause'))
      .every((query) => query.get('mp') === 'DE' && query.get('clock') === 'under_2h'),
  ).toBe(true);
});

it('what comes after all were chosen is neither said nor sent', async () => {
  const { queryClient } = openPage(PATH);
  let of = group('cost_differs', { exceptions: 3, fixes: ['accept_cost'] });
  let asOf = '2026-11-24T09:00:00Z';
  const sent: unknown[] = [];
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const grouped = new URL(request.url).searchParams.get('group_by') === 'cause';
      return HttpResponse.json(
        makeExceptions({
          counts: makeExceptionCounts({ open: 3 }),
          as_of: asOf,
          ...(grouped ? { groups: [of] } : { rows: [row('1', { fixes: ['accept_cost'] })], next: 'more' }),
        }),
      );
    }),
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ code: 'count_moved', status: 409, detail: 'x' }, { status: 409 });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Cost differs' });
  await user.click(await within(panel).findByRole('button', { name: 'Choose all 3' }));
  of = { ...of, exceptions: 6, lines: 6 };
  asOf = '2026-11-24T09:05:00Z';
  await queryClient.invalidateQueries();
  await within(panel).findByText(/6 lines/);
  await user.click(within(panel).getByRole('button', { name: /3 lines/ }));
  await waitFor(() =>
    expect(sent).toEqual([
      expect.objectContaining({ expected_count: 3, as_of: '2026-11-24T09:00:00Z', fix: 'accept_cost' }),
    ]),
  );
  // Refused because something moved: what matches by now has to be chosen anew.
  expect(await within(panel).findByRole('button', { name: 'Choose all 6' })).toBeVisible();
});

it('more answers than fit into one request are not begun: it is said how many do', async () => {
  openPage(PATH);
  const of = group('send_failed', { exceptions: 4001, fixes: ['send_again'] });
  answers(() => [of], [[row('1', { sequence: null, fixes: ['send_again'] })], [row('2')]]);
  const panel = await screen.findByRole('region', { name: 'Sending failed' });
  await user.click(await within(panel).findByRole('button', { name: /Choose all 4.001/ }));
  const button = within(panel).getByRole('button', { name: /Send again/ });
  expect(button).toHaveAttribute('aria-disabled', 'true');
  expect(button).toHaveAccessibleDescription(/at most 4.000/);
});

it('from the keys that go through the causes Tab leads to the fixes', async () => {
  openPage(PATH);
  answers(() => [group('stock_missing'), group('cost_differs')], [[row('1'), row('2')]]);
  const first = await screen.findByRole('region', { name: 'Stock missing' });
  await within(first).findByRole('button', { name: /Decide again/ });
  await user.keyboard('j');
  const panel = await screen.findByRole('region', { name: 'Cost differs' });
  await waitFor(() => expect(panel).toHaveFocus());
  await user.keyboard('j');
  expect(panel).toHaveFocus();
  await user.tab();
  const fixes = within(panel).getByRole('group');
  expect(fixes).toContainElement(document.activeElement as HTMLElement);
});

it('a rush order has the clock of every page, and its own limit is said beside it', async () => {
  openPage(PATH);
  const rush = { due_at: '2099-11-24T08:00:00Z', hold_due_at: '2020-11-24T08:00:00Z' };
  answers(() => [group('stock_missing')], [[row('1', rush), row('2')]]);
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  const said = await within(panel).findByText('rush, own limit passed');
  expect(said.parentElement?.querySelector('time')).toHaveAttribute('datetime', '2099-11-24T08:00:00Z');
  expect(within(panel).getAllByText(/own limit/)).toHaveLength(1);
});

it('of what is sent each is read to the end and named as it was seen', async () => {
  openPage(PATH);
  const failed = { cause: 'send_failed', sequence: null, asked: null, fixes: ['send_again'] };
  const of = group('send_failed', { exceptions: 2, fixes: ['send_again'] });
  answers(() => [of], [[row('1', failed)], [row('2', failed)]]);
  const sent: { ids: string[]; shown: unknown[] }[] = [];
  server.use(
    http.get('*/supply/orders/:id', () => HttpResponse.json({}, { status: 500 })),
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push((await request.json()) as { ids: string[]; shown: unknown[] });
      return HttpResponse.json({
        results: ['1', '2'].map((id) => ({ id, ok: true, code: null, detail: null })),
        operation_id: null,
      });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Sending failed' });
  await user.click(await within(panel).findByRole('button', { name: 'Choose all 2' }));
  await user.click(within(panel).getByRole('button', { name: /Send again/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Send the answers to 2 orders again' });
  expect(within(dialog).getByText('PO2')).toBeInTheDocument();
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Send 2 answers' }));
  await waitFor(() => expect(sent.map((one) => [one.ids, one.shown.length])).toEqual([[['1', '2'], 2]]));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('what was put out of sight can be taken back at once, and brought back later', async () => {
  openPage(PATH);
  answers(() => [group('stock_missing')], [[row('1'), row('2')]]);
  const sent: [string, unknown][] = [];
  server.use(
    http.post('*/supply/exceptions/:act', async ({ request, params }) => {
      sent.push([String(params.act), await request.json()]);
      return HttpResponse.json({ snoozed: 2, woken: 2 });
    }),
  );
  await screen.findByRole('checkbox', { name: 'Order PO2, line 1' });
  await user.keyboard('s');
  const dialog = await screen.findByRole('dialog', { name: 'Snooze 2 exceptions' });
  await user.click(within(dialog).getByRole('button', { name: 'Snooze' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.map(([act]) => act)).toEqual(['snooze', 'wake']));
  expect(sent[1]?.[1]).toEqual({ ids: ['1', '2'] });
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Snoozed 2' }));
  await user.click(await screen.findByRole('button', { name: 'Bring back' }));
  await waitFor(() => expect(sent).toHaveLength(3));
  expect(await screen.findByText('2 exceptions are in sight again.')).toBeVisible();
});

it('causes keep their order while they are looked at; a new one waits until it is asked for', async () => {
  const { queryClient } = openPage(PATH);
  let groups = [group('no_match'), group('cost_differs')];
  answers(() => groups, [[row('1'), row('2')]]);
  const names = (): string[] =>
    within(screen.getByRole('region', { name: 'Causes' }))
      .getAllByRole('button', { pressed: undefined })
      .map((button) => button.querySelector('.strong')?.textContent ?? '')
      .filter(Boolean);
  await screen.findByRole('region', { name: 'No catalogue match' });
  expect(names()).toEqual(['No catalogue match', 'Cost differs']);
  groups = [group('deadline'), group('cost_differs'), group('no_match')];
  await queryClient.invalidateQueries();
  const pill = await screen.findByRole('button', { name: '1 new cause – show' });
  expect(names()).toEqual(['No catalogue match', 'Cost differs']);
  await user.click(pill);
  expect(names()).toEqual(['Deadline at risk', 'Cost differs', 'No catalogue match']);
});

it('Escape ends the palette above a drawer, then the drawer', async () => {
  const { router } = openPage(`${PATH}?exception=one`);
  answers(() => [group('stock_missing')], [[row('1')]]);
  server.use(
    http.get('*/supply/exceptions/one', () => HttpResponse.json(row('1'))),
    http.get('*/supply/exceptions/one/teamwork', () => HttpResponse.json(makeTeamwork())),
    http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null, nearest: null })),
  );
  await screen.findByRole('dialog', { name: 'Stock missing' });
  await user.keyboard('{Control>}k{/Control}');
  const search = await screen.findByPlaceholderText(/Page, purchase/);
  await user.click(search);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByPlaceholderText(/Page, purchase/)).toBeNull());
  expect(screen.getByRole('dialog', { name: 'Stock missing' })).toBeInTheDocument();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('exception'));
});

it('the exports of exceptions carry the filter, also in words', async () => {
  openPage(`${PATH}?severity=critical&brand=Lumea`);
  answers(() => [group('send_failed')], [[row('1')]]);
  const sent: unknown[] = [];
  server.use(
    http.get('*/lumea/exports', () => HttpResponse.json({ rows: [] })),
    http.post('*/supply/exceptions/exports', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Export…' }));
  const drawer = await screen.findByRole('dialog', { name: 'Exports' });
  await user.click(within(drawer).getByRole('button', { name: 'Export' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        format: 'csv',
        style: 'shown',
        filter: { severity: 'critical', brand: 'Lumea', state: 'open' },
        words: 'State: Open; Severity: Critical; Brand: Lumea',
      },
    ]),
  );
});

it('an exception sleeps until the day and the time that somebody types, by the clock of their zone', async () => {
  openPage(PATH);
  answers(() => [group('stock_missing')], [[row('1'), row('2')]]);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/exceptions/snooze', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ snoozed: 2 });
    }),
  );
  await screen.findByRole('checkbox', { name: 'Order PO2, line 1' });
  await user.keyboard('s');
  const dialog = await screen.findByRole('dialog', { name: 'Snooze 2 exceptions' });
  await user.click(within(dialog).getByRole('radio', { name: 'Until a day and a time' }));
  const button = within(dialog).getByRole('button', { name: /^Snooze/ });
  expect(button).toHaveAttribute('aria-disabled', 'true');
  await user.type(within(dialog).getByRole('textbox', { name: 'Until' }), '30/11/2030');
  await user.type(within(dialog).getByRole('textbox', { name: 'Until, time' }), 'later');
  expect(within(dialog).getAllByText('Give the moment with its day and its time.')[0]).toBeVisible();
  await user.click(button);
  expect(sent).toEqual([]);
  await user.clear(within(dialog).getByRole('textbox', { name: 'Until, time' }));
  await user.type(within(dialog).getByRole('textbox', { name: 'Until, time' }), '09:15');
  await user.click(button);
  await waitFor(() =>
    expect(sent).toEqual([{ ids: ['1', '2'], until: '2030-11-30T08:15:00.000Z', until_change: false }]),
  );
});
