import { screen, waitFor, within } from '@testing-library/react';
import { delay, HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { group, PATH } from '~/testing/exceptions';
import { makeExceptionCounts, makeExceptions, makeException as row } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

function answers(
  groups: (query: URLSearchParams) => Schemas['CauseGroup'][],
  rows: () => Schemas['ExceptionRow'][],
): void {
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const query = new URL(request.url).searchParams;
      const counts = makeExceptionCounts({ open_orders: 3, open: 3, ever: 3 });
      return HttpResponse.json(
        makeExceptions(
          query.get('group_by') === 'cause'
            ? { groups: groups(query), counts }
            : { rows: rows(), counts, next: query.has('after') || query.get('limit') === '500' ? null : '1' },
        ),
      );
    }),
  );
}

function acts(sent: unknown[], wait = 0): void {
  server.use(
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      const body = (await request.json()) as { ids?: string[] };
      sent.push(body);
      await delay(wait);
      return HttpResponse.json({
        results: (body.ids ?? ['1']).map((id) => ({ id, ok: true, code: null, detail: null })),
        operation_id: null,
      });
    }),
  );
}

it('the SKU that was typed for one product is not said of the next', async () => {
  openPage(PATH);
  let rows = [
    row('1', { asin: 'B01', fixes: ['match_sku'] }),
    row('2', { asin: 'B02', fixes: ['match_sku'] }),
  ];
  answers(
    () => [group('no_match', { fixes: ['match_sku'] })],
    () => rows,
  );
  const sent: unknown[] = [];
  acts(sent);
  const panel = await screen.findByRole('region', { name: 'No catalogue match' });
  await user.type(await within(panel).findByLabelText('SKU'), 'S-1');
  rows = rows.slice(1);
  await user.click(within(panel).getByRole('button', { name: /^Match/ }));
  await waitFor(() => expect(sent).toEqual([expect.objectContaining({ ids: ['1'], sku: 'S-1' })]));
  await waitFor(() => expect(within(panel).queryByText('PO1')).toBeNull());
  expect(within(panel).getByLabelText('SKU')).toHaveValue('');
  expect(within(panel).getByRole('button', { name: /^Match/ })).toHaveAttribute('aria-disabled', 'true');
});

it('Enter twice in the box of a line sends it once', async () => {
  openPage(PATH);
  answers(
    () => [group('stock_missing', { fixes: ['take'] })],
    () => [row('1', { fixes: ['take'] })],
  );
  server.use(http.get('*/supply/orders/:id', () => HttpResponse.json({}, { status: 500 })));
  const sent: unknown[] = [];
  acts(sent, 150);
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  await user.type(await within(panel).findByLabelText('Take of Balm 50 ml'), '36{Enter}{Enter}');
  await within(panel).findAllByText('The last one is still on its way.');
  await user.keyboard('{Enter}');
  expect(await screen.findByText(/Done\.$/)).toBeVisible();
  expect(sent).toHaveLength(1);
});

it('all that match are not acted on when as many are no longer found', async () => {
  openPage(PATH);
  answers(
    () => [group('send_failed', { exceptions: 3, fixes: ['send_again'] })],
    () => [row('1', { sequence: null, fixes: ['send_again'] })],
  );
  const panel = await screen.findByRole('region', { name: 'Sending failed' });
  await user.click(await within(panel).findByRole('button', { name: 'Choose all 3' }));
  await user.click(within(panel).getByRole('button', { name: /^Send again/ }));
  expect(await within(panel).findByText(/Other orders match now than were counted/)).toBeVisible();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(within(panel).getByRole('button', { name: 'Choose all 3' })).toBeVisible();
});

it('all that were chosen under one filter are not all under another', async () => {
  openPage(`${PATH}?severity=critical`);
  answers(
    (query) => [group('stock_missing', { exceptions: query.has('severity') ? 3 : 9 })],
    () => [row('1', { fixes: ['decide_again'] })],
  );
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  await user.click(await within(panel).findByRole('button', { name: 'Choose all 3' }));
  expect(within(panel).getByRole('button', { name: 'Decide again on 3 lines' })).toBeVisible();
  await user.selectOptions(screen.getByRole('combobox', { name: 'Severity' }), '');
  expect(await screen.findByRole('button', { name: 'Choose all 9' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Decide again on/ })).toBeNull();
});

it('what is open beside the list stays when reading it again fails', async () => {
  const { queryClient } = openPage(`${PATH}?exception=one`);
  let fails = false;
  answers(
    () => [group('stock_missing')],
    () => [row('1')],
  );
  server.use(
    http.get('*/supply/exceptions/one', () =>
      fails
        ? HttpResponse.json({}, { status: 500 })
        : HttpResponse.json(row('1', { note: 'Asked the plant.' })),
    ),
    http.get('*/supply/exceptions/one/teamwork', () => HttpResponse.json({}, { status: 500 })),
    http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null, nearest: null })),
  );
  const drawer = await screen.findByRole('dialog', { name: 'Stock missing' });
  expect(await within(drawer).findByText('Asked the plant.')).toBeVisible();
  fails = true;
  await queryClient.invalidateQueries();
  await waitFor(() =>
    expect(
      queryClient
        .getQueryCache()
        .getAll()
        .some(
          (one) =>
            JSON.stringify(one.queryKey).includes('"one"') && one.state.status === 'error' && one.state.data,
        ),
    ).toBe(true),
  );
  expect(within(drawer).getByText('Asked the plant.')).toBeVisible();
});

it('what was put out of sight can be taken back though nothing is left of the list', async () => {
  openPage(PATH);
  let groups = [group('stock_missing')];
  answers(
    () => groups,
    () => [row('1')],
  );
  const sent: [string, unknown][] = [];
  server.use(
    http.post('*/supply/exceptions/:act', async ({ request, params }) => {
      sent.push([String(params.act), await request.json()]);
      if (params.act === 'wake') return HttpResponse.json({ code: 'x' }, { status: 503 });
      groups = [];
      return HttpResponse.json({ snoozed: 1 });
    }),
  );
  await screen.findByRole('checkbox', { name: 'Order PO1, line 1' });
  await user.keyboard('s');
  const dialog = await screen.findByRole('dialog', { name: /^Snooze 1/ });
  await user.click(within(dialog).getByRole('button', { name: 'Snooze' }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Stock missing' })).toBeNull());
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.at(-1)).toEqual(['wake', { ids: ['1'] }]));
  expect(await screen.findByRole('alert')).toBeVisible();
});

it('what was put out of sight can be taken back from the page that was opened next', async () => {
  const { router } = openPage(PATH);
  answers(
    () => [group('stock_missing')],
    () => [row('1')],
  );
  const sent: [string, unknown][] = [];
  server.use(
    http.post('*/supply/exceptions/:act', async ({ request, params }) => {
      sent.push([String(params.act), await request.json()]);
      return HttpResponse.json({ snoozed: 1, woken: 1 });
    }),
  );
  await screen.findByRole('checkbox', { name: 'Order PO1, line 1' });
  await user.keyboard('s');
  const dialog = await screen.findByRole('dialog', { name: /^Snooze 1/ });
  await user.click(within(dialog).getByRole('button', { name: 'Snooze' }));
  await screen.findByText('1 exception is out of sight.');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.keyboard('gy');
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/administration/profile'));
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.at(-1)).toEqual(['wake', { ids: ['1'] }]));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull());
});

it('a day that became unreadable is not sent as the day before it, by no key either', async () => {
  openPage(PATH);
  answers(
    () => [group('backorder_due', { fixes: ['redate'] })],
    () => [row('1', { fixes: ['redate'] })],
  );
  const panel = await screen.findByRole('region', { name: 'Backorder due' });
  const day = await within(panel).findByLabelText('New backorder date');
  await user.type(day, '2099-12-20');
  await user.type(day, '9');
  const fix = within(panel).getByRole('button', { name: /Move the date and send/ });
  await waitFor(() => expect(fix).toHaveAttribute('aria-disabled', 'true'));
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(day).toHaveValue('2099-12-209');
});

it('a long fix is watched, and its end is said, though its cause is gone from the list', async () => {
  const { queryClient } = openPage(PATH);
  let groups = [group('stock_missing')];
  let state = 'running';
  answers(
    () => groups,
    () => [row('1', { fixes: ['decide_again'] })],
  );
  const stopped: string[] = [];
  server.use(
    http.post('*/supply/exceptions/actions', () =>
      HttpResponse.json({ results: [], operation_id: 'op-1' }, { status: 202 }),
    ),
    http.get('*/supply/exceptions/actions/op-1', () =>
      HttpResponse.json({
        action: 'decide_again',
        state,
        done: 1,
        total: 2,
        refused:
          state === 'running' ? [] : [{ id: '2', po_number: 'PO2', code: 'exception_gone', detail: null }],
        refused_count: state === 'running' ? 0 : 1,
        error: null,
      }),
    ),
    http.delete('*/supply/exceptions/actions/op-1', () => {
      stopped.push('op-1');
      state = 'cancelled';
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  await user.click(await within(panel).findByRole('button', { name: /^Decide again/ }));
  expect(await screen.findByText(/1 of 2 done/)).toBeVisible();
  groups = [];
  await queryClient.invalidateQueries();
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Stock missing' })).toBeNull());
  expect(screen.getByText(/1 of 2 done/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText(/1 was not fixed:/)).toHaveTextContent('PO2');
  expect(stopped).toEqual(['op-1']);
  expect(screen.queryByText(/1 of 2 done/)).toBeNull();
});
