/** What would have given all of a line: the rules asked again, one changed input at a time, smallest change first. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { FailedState } from '~/ui/states';
import type { Line } from './line_edits';
import { PlaceLink } from './PlaceLink';
import { placeOf } from './places';

export function WhatIf({
  orderId,
  line,
  product,
  rule,
}: {
  orderId: string;
  line: Line;
  product: string | null;
  rule: { id: string; version: number | null } | null;
}): JSX.Element | null {
  const { t } = useTranslation(['supply', 'common']);
  const [asked, setAsked] = useState(false);
  const message = useMessage();
  const format = useFormats();
  const workspace = useWorkspace();
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/{order_id}/lines/{sequence}/what-if',
    { params: { path: { workspace: workspace.slug, order_id: orderId, sequence: line.sequence } } },
    { enabled: asked, staleTime: 0 },
  );
  const units = format.count(line.asked);
  if (!asked) {
    return <Button onClick={() => setAsked(true)}>{t('whatIf.ask', { units })}</Button>;
  }
  if (found.isError) {
    return <FailedState what={t('whatIf.what')} error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (found.isPending) {
    return <Button busy>{t('whatIf.ask', { units })}</Button>;
  }
  const { accepted, held, changes } = found.data;
  const enough = accepted >= line.asked && !held;
  return (
    <div className="why-what-if" role="status" aria-label={t('whatIf.ask', { units })}>
      <p className="label">
        {t(`whatIf.${enough ? 'enough' : changes.length > 0 ? 'one' : 'none'}`, { units })}
      </p>
      {changes.length > 0 ? (
        <ol>
          {changes.map((change) => (
            <li key={change.input}>
              {message(change)} <Mend change={change} product={product} rule={rule} />
            </li>
          ))}
        </ol>
      ) : null}
    </div>
  );
}

/** To where this one input is kept. */
function Mend({
  change,
  product,
  rule,
}: {
  change: Schemas['WhatIfChange'];
  product: string | null;
  rule: { id: string; version: number | null } | null;
}): JSX.Element | null {
  const place = placeOf(change.message);
  const component = change.values.component?.value;
  return place ? (
    <PlaceLink quiet place={place} product={component ? String(component) : product} rule={rule} />
  ) : null;
}
