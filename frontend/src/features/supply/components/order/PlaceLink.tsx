/** To where an input is kept: the product in the catalogue, the logistics rules, a limit of the rule. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useWorkspace } from '~/lib/session';
import type { Place } from './places';

export function PlaceLink({
  place,
  product,
  rule,
  quiet = false,
}: {
  place: Place;
  /** What the catalogue is asked for: the SKU, or Amazon's own number where there is none. */
  product: string | null;
  rule: { id: string; version: number | null } | null;
  /** Inside a sentence. */
  quiet?: boolean;
}): JSX.Element | null {
  const { t } = useTranslation('reasons');
  const workspace = useWorkspace();
  const mayRead = useMay('catalog.read');
  const mayReadRules = useMay('rules.read');
  const params = { workspace: workspace.slug };
  const className = quiet ? 'why-place' : 'button button-plain';
  if (place.kind === 'rule') {
    if (!rule || !mayReadRules) return null;
    return (
      <Link
        className={className}
        to="/$workspace/supply/rules"
        params={params}
        search={{ rule: rule.id, knob: place.knob }}
      >
        {t('limit')}
      </Link>
    );
  }
  if (!mayRead) return null;
  if (place.kind === 'logistics') {
    return (
      <Link
        className={className}
        to="/$workspace/administration/logistics"
        params={params}
        search={{ tab: place.tab }}
      >
        {t(`place.${place.tab}`)}
      </Link>
    );
  }
  return (
    <Link
      className={className}
      to="/$workspace/administration/catalog"
      params={params}
      search={{ q: product ?? undefined }}
    >
      {t(`place.${place.what}`)}
    </Link>
  );
}
