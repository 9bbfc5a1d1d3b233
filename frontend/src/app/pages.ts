/** The pages that exist, by family: the rail, the palette and the go keys are made from this one list. */
import type { Permission } from '~/lib/session';

export interface Page {
  to:
    | '/$workspace/supply/command-center'
    | '/$workspace/supply/orders'
    | '/$workspace/supply/exceptions'
    | '/$workspace/supply/rules'
    | '/$workspace/supply/event-log'
    | '/$workspace/administration/catalog'
    | '/$workspace/administration/logistics'
    | '/$workspace/administration/connections'
    | '/$workspace/administration/modules'
    | '/$workspace/administration/integrations'
    | '/$workspace/administration/sso'
    | '/$workspace/administration/people'
    | '/$workspace/administration/support'
    | '/$workspace/administration/audit'
    | '/$workspace/administration/privacy'
    | '/$workspace/administration/profile';
  /** A key of the `common` words. */
  name: string;
  go: string;
  reads: Permission | null;
}

export interface Family {
  module: string;
  name: string;
  pages: Page[];
}

export const FAMILIES: Family[] = [
  {
    module: 'supply',
    name: 'family.supply',
    pages: [
      {
        to: '/$workspace/supply/command-center',
        name: 'page.commandCenter',
        go: 'g c',
        reads: 'orders.read',
      },
      { to: '/$workspace/supply/orders', name: 'page.orders', go: 'g o', reads: 'orders.read' },
      {
        to: '/$workspace/supply/exceptions',
        name: 'page.exceptions',
        go: 'g x',
        reads: 'orders.read',
      },
      { to: '/$workspace/supply/rules', name: 'page.rules', go: 'g r', reads: 'rules.read' },
      { to: '/$workspace/supply/event-log', name: 'page.eventLog', go: 'g l', reads: 'events.read' },
    ],
  },
  {
    module: 'administration',
    name: 'family.administration',
    pages: [
      { to: '/$workspace/administration/catalog', name: 'page.catalog', go: 'g h', reads: 'catalog.read' },
      {
        to: '/$workspace/administration/logistics',
        name: 'page.logistics',
        go: 'g t',
        reads: 'catalog.read',
      },
      {
        to: '/$workspace/administration/connections',
        name: 'page.connections',
        go: 'g a',
        reads: 'connection.read',
      },
      {
        to: '/$workspace/administration/modules',
        name: 'page.modules',
        go: 'g j',
        reads: 'settings.manage',
      },
      {
        to: '/$workspace/administration/integrations',
        name: 'page.integrations',
        go: 'g k',
        reads: 'integrations.manage',
      },
      { to: '/$workspace/administration/sso', name: 'page.sso', go: 'g s', reads: 'users.manage' },
      {
        to: '/$workspace/administration/people',
        name: 'page.people',
        go: 'g u',
        reads: 'users.manage',
      },
      {
        to: '/$workspace/administration/support',
        name: 'page.support',
        go: 'g 1',
        reads: 'users.manage',
      },
      { to: '/$workspace/administration/audit', name: 'page.audit', go: 'g z', reads: 'audit.read' },
      {
        to: '/$workspace/administration/privacy',
        name: 'page.privacy',
        go: 'g p',
        reads: 'privacy.manage',
      },
      { to: '/$workspace/administration/profile', name: 'page.profile', go: 'g y', reads: null },
    ],
  },
];

/** The families a workspace has enabled; administration belongs to every workspace. */
export function familiesOf(modules: readonly string[]): Family[] {
  return FAMILIES.filter((family) => family.module === 'administration' || modules.includes(family.module));
}

/** The page of Supply that stands at this address, or that what stands there belongs to. */
export function pageAt(path: string): Page | null {
  const supply = FAMILIES.find((family) => family.module === 'supply')?.pages ?? [];
  const [, , ...rest] = path.split('/');
  const place = `/$workspace/${rest.join('/')}`;
  return supply.find((page) => place === page.to || place.startsWith(`${page.to}/`)) ?? null;
}
