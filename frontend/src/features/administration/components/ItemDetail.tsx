/** One product of the catalogue: what it is made of, what was agreed for it and when, what Amazon calls it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Money } from '~/ui/Money';
import { Notice } from '~/ui/states';

type Item = Schemas['ItemOut'];

export function ItemDetail({ item, onClose }: { item: Item; onClose(): void }): JSX.Element {
  const { t } = useTranslation('catalogue');
  const format = useFormats();
  const workspace = useWorkspace();
  const problems = useProblems();
  const queryClient = useQueryClient();
  const denied = useDenied('catalog.write');
  const [asked, setAsked] = useState<string | null>(null);
  const untie = useMutation({
    mutationFn: (link: string) =>
      client.DELETE('/api/v1/{workspace}/administration/catalog/items/{item_id}/links/{link_id}', {
        params: { path: { workspace: workspace.slug, item_id: item.id, link_id: link } },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/administration/catalog/items'),
      });
      onClose();
    },
  });
  return (
    <Dialog title={`${item.sku} · ${item.title}`} opened onClose={onClose} size={640}>
      <h3 className="item-heading">{t('item.components')}</h3>
      {item.components.length > 0 ? (
        <ul>
          {item.components.map((part) => (
            <li key={part.sku} className="mono">
              {t('item.component', { count: part.quantity, sku: part.sku })}
            </li>
          ))}
        </ul>
      ) : (
        <p className="label">{t('item.noComponents')}</p>
      )}
      <h3 className="item-heading">{t('item.costs')}</h3>
      {item.costs.length > 0 ? <Costs costs={item.costs} /> : <p className="label">{t('item.noCosts')}</p>}
      {item.landed_cost !== null && item.landed_cost_currency ? (
        <p>
          {t('item.landed')} <Money amount={item.landed_cost} currency={item.landed_cost_currency} named />
        </p>
      ) : null}
      <h3 className="item-heading">{t('item.names')}</h3>
      <ul>
        {item.links.map((link) => (
          <li key={link.id}>
            {format.country(link.country)} {link.vendor_code}{' '}
            <span className="mono">{link.asin || link.vendor_sku || '–'}</span>
            {link.quantity > 1 ? ` · ${t('item.pieces', { count: link.quantity })}` : null}{' '}
            {asked === link.id ? (
              <span className="cluster">
                {t('item.untieAsk', { sku: item.sku, name: link.asin || link.vendor_sku || '–' })}
                <Button danger busy={untie.isPending} onClick={() => untie.mutate(link.id)}>
                  {t('item.untie')}
                </Button>
                <Button quiet onClick={() => setAsked(null)}>
                  {t('item.keep')}
                </Button>
              </span>
            ) : (
              <Button quiet reason={denied} onClick={() => setAsked(link.id)}>
                {t('item.untie')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Details details={item.details} />
      {untie.isError ? <Notice tone="critical">{problems.text(untie.error)}</Notice> : null}
    </Dialog>
  );
}

/** What else the product file said; nothing of it decides an order. */
function Details({ details }: { details: Item['details'] }): JSX.Element | null {
  const { t } = useTranslation('catalogue');
  const said = Object.entries(details);
  if (said.length === 0) return null;
  return (
    <>
      <h3 className="item-heading">{t('item.details')}</h3>
      <dl className="item-details">
        {said.map(([name, value]) => (
          <div key={name}>
            <dt className="label">{t(`detail.${name}`, { defaultValue: name })}</dt>
            <dd>{value === 'yes' || value === 'no' ? t(`detail.${value}`) : value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Costs({ costs }: { costs: Item['costs'] }): JSX.Element {
  const { t } = useTranslation('catalogue');
  const format = useFormats();
  return (
    <div className="scroll-x">
      <table className="plain-table">
        <thead>
          <tr>
            <th>{t('item.place')}</th>
            <th>{t('item.code')}</th>
            <th>{t('item.from')}</th>
            <th>{t('item.to')}</th>
            <th>{t('item.cost')}</th>
            <th>{t('item.tolerance')}</th>
          </tr>
        </thead>
        <tbody>
          {costs.map((cost) => (
            <tr key={`${cost.marketplace_id}-${cost.vendor_code}-${cost.valid_from}`}>
              <td>{format.country(cost.country)}</td>
              <td>{cost.vendor_code || t('item.allCodes')}</td>
              <td>{format.date(cost.valid_from)}</td>
              <td>{cost.valid_to ? format.date(cost.valid_to) : t('item.open')}</td>
              <td>
                <Money amount={cost.cost} currency={cost.currency} named /> {t(`item.${cost.uom}`)}
              </td>
              <td>{cost.tolerance === null ? '–' : format.percent(cost.tolerance)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
