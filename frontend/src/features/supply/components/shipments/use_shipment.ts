/** The acts on one shipment, and the answer of each in place of what the page showed. */
import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { client, idempotencyKey, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import type { Shipment } from './shipment_form';

type Page = Schemas['OrderShipments'];
export const PATH = '/api/v1/{workspace}/supply/orders/{order_id}/shipments';
export const ONE = `${PATH}/{shipment_id}` as const;

/** What the acts on a shipment are known by: while one is pending, the others wait, since each writes a version of its own. */
export const actOf = (shipment: Shipment): readonly string[] => ['act on a shipment', shipment.id];

/** Discarded from this page: what was typed into them was given up with them. */
const given = new Set<string>();
export const wasGivenUp = (shipment: string): boolean => given.has(shipment);

/** What a shipment's page needs after it was changed: the answer in place of what was there. */
export function useShipmentActions(page: Page, shipment: Shipment) {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const key = useRef(idempotencyKey());
  const path = { workspace: workspace.slug, order_id: page.order_id, shipment_id: shipment.id };
  const whole = ['get', PATH, { params: { path: { workspace: workspace.slug, order_id: page.order_id } } }];
  const store = (data: Page | undefined): void => {
    if (data) queryClient.setQueryData(whole, data);
  };
  return {
    path,
    store,
    reread: (): Promise<void> => queryClient.invalidateQueries({ queryKey: whole }),
    put: async (body: Schemas['ShipmentIn']): Promise<Page | undefined> => {
      const { data } = await client.PUT(ONE, { params: { path }, body });
      return data;
    },
    pack: async (body: Schemas['ShipmentPackingIn']): Promise<Page | undefined> => {
      const { data } = await client.POST(`${ONE}/packing`, { params: { path }, body });
      store(data);
      return data;
    },
    join: async (order_ids: string[], version: number): Promise<void> => {
      const { data } = await client.POST(`${ONE}/orders`, { params: { path }, body: { version, order_ids } });
      store(data);
    },
    leave: async (other_id: string, version: number): Promise<void> => {
      const { data } = await client.DELETE(`${ONE}/orders/{other_id}`, {
        params: { path: { ...path, other_id }, query: { version } },
      });
      store(data);
    },
    setTimer: async (version: number): Promise<Page | undefined> => {
      const { data } = await client.PUT(`${ONE}/departure`, { params: { path }, body: { version } });
      store(data);
      return data;
    },
    stopTimer: async (): Promise<void> => {
      const { data } = await client.DELETE(`${ONE}/departure`, { params: { path } });
      store(data);
    },
    discard: async (version: number): Promise<void> => {
      const { data } = await client.DELETE(ONE, { params: { path, query: { version } } });
      given.add(shipment.id);
      store(data);
    },
    check: async (body: Schemas['ShipmentIn']): Promise<Schemas['ShipmentFindings'] | undefined> => {
      const { data } = await client.POST(`${ONE}/check`, { params: { path }, body });
      return data;
    },
    submit: async (body: Schemas['ShipmentSubmissionIn']): Promise<void> => {
      try {
        await client.POST(`${ONE}/submissions`, {
          params: { path, header: { 'Idempotency-Key': key.current } },
          body,
        });
      } finally {
        key.current = idempotencyKey();
      }
    },
  };
}
