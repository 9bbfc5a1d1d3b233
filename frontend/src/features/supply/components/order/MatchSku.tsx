/** A line of which the catalogue does not know the product: which SKU it is, said where it stands. */
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import type { Line } from './line_edits';

export const UNMATCHED: ReadonlySet<string> = new Set([
  'supply.match.unmapped',
  'supply.match.ambiguous',
  'supply.match.conflict',
]);
const TYPING_MS = 200;

export function MatchSku({
  orderId,
  decisionId,
  line,
}: {
  orderId: string;
  /** The decision that is shown: another one may know the product by now. */
  decisionId: string;
  line: Line;
}): JSX.Element | null {
  const { t } = useTranslation('orderpage');
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const denied = useDenied('exceptions.resolve');
  const mayRead = useMay('catalog.read');
  const list = useId();
  const [sku, setSku] = useState('');
  const [asked] = useDebouncedValue(sku.trim(), TYPING_MS);
  const path = { workspace: workspace.slug };
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/catalog/items',
    { params: { path, query: { q: asked, limit: 10 } } },
    { enabled: mayRead && asked.length > 1 },
  );
  const match = useMutation({
    mutationFn: (chosen: string) =>
      client.PUT('/api/v1/{workspace}/supply/orders/{order_id}/lines/{sequence}/match', {
        params: { path: { ...path, order_id: orderId, sequence: line.sequence } },
        body: { sku: chosen, decision_id: decisionId },
      }),
    onSuccess: () =>
      queryClient.invalidateQueries({ predicate: (each) => String(each.queryKey[1]).includes('/supply/') }),
  });
  if (denied) return null;
  return (
    <form
      className="cluster why-match"
      onSubmit={(event) => {
        event.preventDefault();
        if (sku.trim()) match.mutate(sku.trim());
      }}
    >
      <label>
        <span className="label">{t('match.label')}</span>
        <input
          className="field mono"
          list={list}
          autoComplete="off"
          value={sku}
          onChange={(event) => setSku(event.target.value)}
        />
      </label>
      <datalist id={list}>
        {found.data?.rows.map((item) => (
          <option key={item.id} value={item.sku}>
            {item.title}
          </option>
        ))}
      </datalist>
      <Button type="submit" reason={sku.trim() ? null : t('match.label')} busy={match.isPending}>
        {t('match.do')}
      </Button>
      <span role="status" className={match.isError ? 'tone-critical' : 'label'}>
        {match.isError
          ? problems.text(match.error, t('match.failed'))
          : match.isSuccess
            ? t('match.done', { sku: match.variables })
            : null}
      </span>
    </form>
  );
}
