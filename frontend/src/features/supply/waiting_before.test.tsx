import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeLine, makeMe, makeOrder, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const CUT = makeOrderRow({ taken: 60, backordered: 72, cut: 48, cut_value: '297.6000' });
const WHOLE = makeOrderRow({ id: '01a2-order-2', po_number: '7ZP0M1RA', taken: 180, backordered: 0 });
const SCHEDULED = makeOrderRow({ id: '01a2-order-3', po_number: '1QX77B0L', status: 'scheduled' });

it('orders that waited before automation are reviewed, and only what is kept leaves', async () => {
  const sent: { orders: { id: string }[] }[] = [];
  openPage('/lumea/supply/rules', { permissions: [...EVERYTHING, 'rules.read', 'rules.write'] });
  server.use(
    http.get('*/supply/automation', () =>
      HttpResponse.json({
        mode: 'delayed',
        delay_minutes: 6,
        paused_mode: null,
        paused_at: null,
        since: null,
        changed_by: null,
        paused: [],
        waiting_before: 2,
        can_change: true,
        fallback: 'DO_NOTHING',
        fallback_changed_by: null,
        fallback_acts: false,
        can_change_fallback: true,
      } satisfies Schemas['AutomationInfo']),
    ),
    http.get('*/supply/rules', () =>
      HttpResponse.json({
        rules: [],
        coverage: { lines: 0, by_rule: 0 },
        can_write: true,
        owner: true,
        limited: false,
      } satisfies Schemas['RuleList']),
    ),
    http.get('*/supply/rules/choices', () =>
      HttpResponse.json({
        marketplaces: [],
        vendor_codes: [],
        brands: [],
        order_types: [],
        deal_codes: [],
        presets: [],
        consequences: [],
        start: {} as Schemas['RuleChoices']['start'],
      } satisfies Schemas['RuleChoices']),
    ),
    http.get('*/supply/orders', () =>
      HttpResponse.json({ rows: [WHOLE, CUT, SCHEDULED], next: null, count: 3 }),
    ),
    http.get('*/supply/orders/01a2-order-1', () =>
      HttpResponse.json(
        makeOrder({
          two_people: true,
          second_person: { chose: [makeMe().user.id], may: ['Lea Martin'] },
          lines: [
            makeLine({ taken: 0, cut: 48, rejection_reason: 'ObsoleteProduct' }),
            makeLine({ sequence: '2' }),
          ],
        }),
      ),
    ),
    http.post('*/supply/expected-costs', () => HttpResponse.json({ orders: [] })),
    http.post('*/supply/automation/waiting', async ({ request }) => {
      const body = (await request.json()) as { orders: { id: string }[] };
      sent.push(body);
      const results = body.orders.map(({ id }) => ({ id, ok: true, answer: null, problem: null }));
      return HttpResponse.json({ results });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Review these 2' }));
  const sheet = await screen.findByRole('dialog', { name: 'Review 2 waiting orders before they leave' });
  expect(sent).toEqual([]);
  expect(sheet).toHaveTextContent('leaves 6 min after you confirm');
  expect(sheet).toHaveTextContent('2 orders · 240 taken · 72 backordered · 48 cut of 360 asked');
  expect(sheet).toHaveTextContent('Value taken and backordered €1,934.40 · cut €297.60');
  await user.click(within(sheet).getByRole('button', { name: 'Lines of 4K8QX2PD' }));
  expect(await within(sheet).findByText(/asked 120, taken 0, backordered 72, cut 48/)).toBeInTheDocument();
  expect(sheet).toHaveTextContent('Somebody else with the right confirms it. Lea Martin can.');
  await user.click(within(sheet).getByLabelText('Select 7ZP0M1RA'));
  await user.click(within(sheet).getByRole('button', { name: 'Let 1 order leave' }));
  expect(await screen.findByText('1 order leaves by itself.')).toBeInTheDocument();
  await waitFor(() =>
    expect(sent.map(({ orders }) => orders.map(({ id }) => id))).toEqual([['01a2-order-1']]),
  );
});
